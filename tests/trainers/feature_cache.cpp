// Features kept on disk: what is computed, when, and what is left after a failure.
#include "trainers/feature_cache.h"

#include <csignal>
#include <fstream>

#include <ATen/ops/randn.h>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "core/error.h"
#include "tests/datasets/temporary_folder.h"

namespace recur::this_file {
namespace {

namespace fs = std::filesystem;

class FeatureCache : public testing::Test {
 protected:
  torch::Tensor get(const std::string& key) {
    return cached_features(folder_.path(), key, {7, 2, 3}, 3, [&](int64_t begin, int64_t end) {
      computed_ += end - begin;
      return features_.slice(0, begin, end);
    });
  }
  size_t files() const { return std::distance(fs::directory_iterator(folder_.path()), fs::directory_iterator()); }

  TemporaryFolder folder_;
  torch::Tensor features_ = at::randn({7, 2, 3});
  int64_t computed_ = 0;
};

TEST_F(FeatureCache, ComputesOnceAndReadsFromThenOn) {
  EXPECT_TRUE(get("a").equal(features_));
  EXPECT_EQ(computed_, 7);
  EXPECT_TRUE(get("a").equal(features_));
  EXPECT_EQ(computed_, 7);
  EXPECT_TRUE(get("b").equal(features_));
  EXPECT_EQ(computed_, 14);
  EXPECT_EQ(files(), 2U);
}

TEST_F(FeatureCache, ATensorThatIsWrittenToLeavesTheFile) {
  get("a").fill_(5);
  EXPECT_TRUE(get("a").equal(features_));
  EXPECT_EQ(computed_, 7);
}

TEST_F(FeatureCache, AFileThatIsTooShortIsMadeAnew) {
  get("a");
  fs::resize_file(folder_.path() / "a.f32", 100);
  EXPECT_TRUE(get("a").equal(features_));
  EXPECT_EQ(computed_, 14);
}

TEST_F(FeatureCache, AFailureLeavesNoFile) {
  EXPECT_THROW(cached_features(folder_.path(), "a", {7, 2, 3}, 3,
                               [&](int64_t begin, int64_t end) -> torch::Tensor {
                                 if (begin > 0) throw DataError("a broken image");
                                 return features_.slice(0, begin, end);
                               }),
               DataError);
  EXPECT_EQ(files(), 0U);
  EXPECT_THROW(cached_features(folder_.path(), "a", {7, 2, 4}, 3,
                               [&](int64_t begin, int64_t end) { return features_.slice(0, begin, end); }),
               ShapeError);
  EXPECT_EQ(files(), 0U);
}

TEST_F(FeatureCache, AFullDiskIsNamedAndLeavesNoFile) {
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{.rlim_cur = 64, .rlim_max = before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const auto message = message_of<Error>([&] { get("a"); });
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(message, (folder_.path() / "a.f32").string() + ": cannot write: File too large");
  EXPECT_EQ(files(), 0U);
}

TEST_F(FeatureCache, RemovesWhatAKilledProcessLeft) {
  const auto left = folder_.path() / "a.f32.Xy12Zw", young = folder_.path() / "a.f32.Ab34Cd";
  for (const auto& path : {left, young}) std::ofstream(path) << "part";
  fs::last_write_time(left, fs::file_time_type::clock::now() - std::chrono::hours(2));
  get("a");
  EXPECT_FALSE(fs::exists(left));
  EXPECT_TRUE(fs::exists(young));  // perhaps another process is at work
}

}  // namespace
}  // namespace recur::this_file
