#include "datasets/prefetch.h"

#include <atomic>
#include <chrono>
#include <future>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>

#include <ATen/Parallel.h>

#include <gmock/gmock.h>

namespace recur::this_file {
namespace {

using namespace std::chrono_literals;

TEST(Prefetch, MakesBatchesOnThreadsOfTheirOwn) {
  std::atomic<int> elsewhere = 0;
  const auto here = std::this_thread::get_id();
  Prefetch<int64_t> prefetch(5, [&](int64_t index) {
    if (std::this_thread::get_id() != here) ++elsewhere;
    return index * 10;
  });
  for (int64_t index = 0; index < 5; ++index) EXPECT_EQ(prefetch.get(index), index * 10);
  EXPECT_EQ(elsewhere, 5);
}

TEST(Prefetch, GivesAnyBatchThatIsAskedFor) {
  for (const int64_t workers : {1, 3, 20}) {
    Prefetch<int64_t> prefetch(
        9, [](int64_t index) { return index * 10; }, workers);
    for (const int64_t index : {6, 7, 2, 3, 3, 5, 8, 0}) EXPECT_EQ(prefetch.get(index), index * 10);
  }
}

TEST(Prefetch, ThrowsInTheCallThatAsksForTheBatchAndGoesOnBehindIt) {
  for (const int64_t workers : {1, 3}) {
    Prefetch<int64_t> prefetch(
        4,
        [](int64_t index) {
          if (index == 1) throw std::runtime_error("batch 1");
          return index;
        },
        workers);
    EXPECT_EQ(prefetch.get(0), 0);
    EXPECT_THROW(prefetch.get(1), std::runtime_error);
    EXPECT_EQ(prefetch.get(2), 2);
    EXPECT_EQ(prefetch.get(3), 3);
  }
}

// Three calls meet inside `make`, which they cannot unless they run at once.
TEST(Prefetch, MakesAsManyBatchesAtOnceAsItHasWorkers) {
  std::promise<void> three_are_there;
  auto meeting = three_are_there.get_future().share();
  std::atomic<int> arrived = 0;
  Prefetch<bool> prefetch(
      3,
      [&](int64_t) {
        if (++arrived == 3) three_are_there.set_value();
        return meeting.wait_for(30s) == std::future_status::ready;
      },
      3);
  for (int64_t index = 0; index < 3; ++index) EXPECT_TRUE(prefetch.get(index));
}

TEST(Prefetch, IsNeverFurtherAheadThanItHasWorkers) {
  std::mutex mutex;
  std::multiset<int64_t> made;
  Prefetch<int64_t> prefetch(
      20,
      [&](int64_t index) {
        const std::lock_guard lock(mutex);
        made.insert(index);
        return index;
      },
      3);
  for (int64_t index = 0; index < 20; ++index) {
    prefetch.get(index);
    const std::lock_guard lock(mutex);
    EXPECT_LE(*made.rbegin(), index + 3);
  }
  prefetch = {};
  std::multiset<int64_t> each_once;
  for (int64_t index = 0; index < 20; ++index) each_once.insert(index);
  EXPECT_EQ(made, each_once);
}

TEST(Prefetch, EndsWhileBatchesAreBeingMade) {
  std::atomic<int> begun = 0, ended = 0;
  {
    Prefetch<int> prefetch(
        100,
        [&](int64_t) {
          ++begun;
          std::this_thread::sleep_for(20ms);
          return static_cast<int>(++ended);
        },
        4);
    prefetch.get(0);
  }
  EXPECT_EQ(begun, ended);
  EXPECT_LE(ended, 5);
}

TEST(Prefetch, CanBeMovedWhileBatchesAreBeingMade) {
  Prefetch<int64_t> first(
      9, [](int64_t index) { return index * 10; }, 2);
  EXPECT_EQ(first.get(0), 0);
  auto second = std::move(first);
  first = {};
  EXPECT_EQ(second.get(1), 10);
  first = Prefetch<int64_t>(2, [](int64_t index) { return index; });
  EXPECT_EQ(first.get(1), 1);
}

// A thread takes its number of threads when it first needs it, and the worker has set 1 before.
TEST(Prefetch, LeavesTheTrainerItsThreads) {
  const int before = at::get_num_threads();
  at::set_num_threads(3);
  int inside = 0, trainers = 0;
  std::thread([&] {
    Prefetch<int> prefetch(2, [](int64_t) { return at::get_num_threads(); });
    inside = prefetch.get(0);
    trainers = at::get_num_threads();
  }).join();
  EXPECT_EQ(inside, 1);
  EXPECT_EQ(trainers, 3);
  EXPECT_EQ(at::get_num_threads(), 3);
  at::set_num_threads(before);
}

}  // namespace
}  // namespace recur::this_file
