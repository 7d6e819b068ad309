#include "core/thread_team.h"

#include <atomic>
#include <stdexcept>

#include <ATen/Parallel.h>
#include <ATen/ops/rand.h>
#include <c10/core/GradMode.h>
#include <torch/types.h>

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/parallel.h"
#include "core/random.h"

namespace recur::this_file {
namespace {

TEST(ThreadTeam, RunsItsShareEachOnAThreadOfItsOwnAtTheSameTime) {
  ThreadTeam team(3);
  for (int64_t round = 0; round < 50; ++round) {
    std::atomic<int64_t> here = 0;
    std::vector<std::thread::id> threads(3);
    team.run(3, [&](int64_t k) {
      threads[k] = std::this_thread::get_id();
      ++here;
      while (here.load() < 3) std::this_thread::yield();  // for ever, unless all three run at once
    });
    EXPECT_TRUE(threads[0] != threads[1] && threads[1] != threads[2] && threads[0] != threads[2]);
  }
}

TEST(ThreadTeam, LeavesTheOthersOutWhereThereIsLessToDo) {
  ThreadTeam team(3);
  for (const int64_t count : {1, 3, 2, 0, 1}) {
    std::vector<int64_t> calls(3);
    team.run(count, [&](int64_t k) { ++calls[k]; });
    for (int64_t k = 0; k < 3; ++k) EXPECT_EQ(calls[k], k < count ? 1 : 0);
  }
  EXPECT_THROW(team.run(4, [](int64_t) {}), Error);
}

TEST(ThreadTeam, KeepsOperationsOnTheirThreadAndTheCallersNumberOfThreads) {
  const int threads = at::get_num_threads();
  at::set_num_threads(2);
  ThreadTeam team(2);
  EXPECT_EQ(at::get_num_threads(), 2);
  team.run(2, [](int64_t) {
    EXPECT_EQ(at::get_num_threads(), 1);
    const auto mine = std::this_thread::get_id();
    parallel_for_each(100, [&](int64_t) { EXPECT_EQ(std::this_thread::get_id(), mine); });
  });
  int of_a_later_thread = 0;
  std::thread([&] { of_a_later_thread = at::get_num_threads(); }).join();
  EXPECT_EQ(of_a_later_thread, 2);
  at::set_num_threads(threads);
}

TEST(ThreadTeam, TakesTheCallersGradientMode) {
  ThreadTeam team(2);
  team.run(2, [](int64_t) { EXPECT_TRUE(at::GradMode::is_enabled()); });
  const at::NoGradGuard no_grad;
  team.run(2, [](int64_t) { EXPECT_FALSE(at::GradMode::is_enabled()); });
}

TEST(ThreadTeam, HandsOnAnExceptionWhenAllHaveEndedAndGoesOn) {
  ThreadTeam team(3);
  std::atomic<int64_t> ended = 0;
  const auto some_fail = [&](int64_t k) {
    ++ended;
    if (k > 0) throw std::runtime_error("share " + std::to_string(k));
  };
  try {
    team.run(3, some_fail);
    FAIL() << "no exception";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "share 1");
  }
  EXPECT_EQ(ended, 3);
  team.run(3, [&](int64_t) { ++ended; });
  EXPECT_EQ(ended, 6);
}

TEST(RandomScope, IsTheThreadsOwnAndEndsWithIt) {
  EXPECT_FALSE(random_generator(torch::kCPU).has_value());
  torch::manual_seed(1);
  const auto torchs = random_bits();
  torch::manual_seed(1);
  uint64_t first = 0;
  {
    const RandomScope scope(7);
    first = random_bits();
    {
      const RandomScope inner(8);
      EXPECT_NE(random_bits(), first);
    }
    EXPECT_NE(random_bits(), first);  // goes on
    EXPECT_TRUE(random_generator(torch::kCPU).has_value());
    EXPECT_FALSE(random_generator(torch::kCUDA).has_value());
    std::thread([] { EXPECT_FALSE(random_generator(torch::kCPU).has_value()); }).join();
  }
  EXPECT_FALSE(random_generator(torch::kCPU).has_value());
  EXPECT_EQ(random_bits(), torchs);  // torch's own has not moved
  const RandomScope again(7);
  EXPECT_EQ(random_bits(), first);
}

}  // namespace
}  // namespace recur::this_file
