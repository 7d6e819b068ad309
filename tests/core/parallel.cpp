#include "core/parallel.h"

#include <array>
#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <new>
#include <set>
#include <thread>
#include <utility>

#include <ATen/Parallel.h>

#include <gtest/gtest.h>

namespace recur::this_file {
namespace {

TEST(ParallelForEach, DoesEachPieceOnceAndOnTwoThreads) {
  const int before = at::get_num_threads();
  at::set_num_threads(2);
  std::mutex mutex;
  std::set<std::thread::id> threads;
  std::multiset<int64_t> done;
  std::atomic<int> inside = 0;
  parallel_for_each(2, [&](int64_t k) {
    // Both pieces are inside at once, or this waits in vain: then they ran one after the other.
    ++inside;
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (inside < 2 && std::chrono::steady_clock::now() < until) std::this_thread::yield();
    EXPECT_EQ(inside, 2);
    const std::lock_guard lock(mutex);
    threads.insert(std::this_thread::get_id());
    done.insert(k);
  });
  EXPECT_EQ(threads.size(), 2U);
  EXPECT_EQ(done, (std::multiset<int64_t>{0, 1}));
  parallel_for_each(1, [&](int64_t k) { done.insert(k); });
  EXPECT_EQ(done.count(0), 2U);
  at::set_num_threads(before);
}

TEST(ParallelForRanges, CutsAllIntoOneRangeForEachThreadAndNoneEmpty) {
  const int before = at::get_num_threads();
  at::set_num_threads(2);
  for (const int64_t count : {0, 1, 2, 7}) {
    std::mutex mutex;
    std::map<int64_t, std::pair<int64_t, int64_t>> ranges;
    parallel_for_ranges(count, [&](int64_t range, int64_t first, int64_t last) {
      const std::lock_guard lock(mutex);
      ranges[range] = {first, last};
    });
    EXPECT_EQ(static_cast<int64_t>(ranges.size()), parallel_range_count(count));
    int64_t next = 0;
    for (const auto& [range, ends] : ranges) {
      EXPECT_EQ(ends.first, next);
      EXPECT_GT(ends.second, ends.first);
      next = ends.second;
    }
    EXPECT_EQ(next, count);
  }
  at::set_num_threads(before);
}

TEST(RunTogether, WaitsSoThatEachSeesWhatTheOthersWrote) {
  const int before = at::get_num_threads();
  at::set_num_threads(2);
  std::atomic<int> gangs_of_two = 0;
  for (int repeat = 0; repeat < 200; ++repeat) {
    std::array<int64_t, 2> written{};
    std::atomic<int64_t> ranks = 0;
    run_together(2, [&](int64_t rank, Gang& gang) {
      if (rank == 0 && gang.size() == 2) ++gangs_of_two;
      ranks += 1 + rank;
      for (int64_t round = 1; round <= 50; ++round) {
        written[rank] = round;
        gang.wait();
        for (int64_t other = 0; other < gang.size(); ++other) EXPECT_EQ(written[other], round);
        gang.wait();
      }
    });
    EXPECT_TRUE(ranks == 1 || ranks == 3) << ranks;
  }
  EXPECT_GT(gangs_of_two, 0);  // else the threads never met
  at::set_num_threads(before);
}

TEST(RunTogether, LetsTheExceptionOfOneOutThoughOthersWait) {
  const int before = at::get_num_threads();
  at::set_num_threads(2);
  for (int repeat = 0; repeat < 50; ++repeat) {
    EXPECT_THROW(run_together(2,
                              [](int64_t rank, Gang& gang) {
                                if (rank == gang.size() - 1) throw std::bad_alloc();
                                gang.wait();
                              }),
                 std::bad_alloc);
  }
  at::set_num_threads(before);
}

TEST(RunTogether, GoesAloneInsideOfAParallelLoop) {
  std::atomic<int> calls = 0;
  parallel_for_each(2, [&](int64_t) {
    run_together(2, [&](int64_t rank, Gang& gang) {
      EXPECT_LT(rank, gang.size());
      gang.wait();
      calls += rank == 0;
    });
  });
  EXPECT_EQ(calls, 2);
}

}  // namespace
}  // namespace recur::this_file
