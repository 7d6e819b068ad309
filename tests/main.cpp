// The main() of every test program.  ctest starts a program once for each of its suites, because loading LibTorch takes
// longer than most tests do; each test still begins as if it were alone.
#include <ATen/Parallel.h>
#include <torch/utils.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace {

constexpr int kSkipped = 77;  // what ctest reads as "skipped" (SKIP_RETURN_CODE)

/// The same random numbers and threads for a test, whatever ran before it in this process.
class FreshStart : public testing::EmptyTestEventListener {
  void OnTestStart(const testing::TestInfo& /*test*/) override {
    torch::manual_seed(c10::default_rng_seed_val);
    at::set_num_threads(threads_);
  }

  const int threads_ = at::get_num_threads();
};

}  // namespace

int main(int argc, char** argv) {
  testing::InitGoogleMock(&argc, argv);
  auto& tests = *testing::UnitTest::GetInstance();
  tests.listeners().Append(new FreshStart);  // which owns it
  const int status = RUN_ALL_TESTS();
  const bool all_skipped = tests.skipped_test_count() > 0 && tests.successful_test_count() == 0;
  return status == 0 && all_skipped ? kSkipped : status;
}
