#include "core/parallel.h"

#include <atomic>
#include <chrono>
#include <mutex>
#include <set>
#include <thread>

#include <ATen/Parallel.h>

#include <gtest/gtest.h>

namespace recur {
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

}  // namespace
}  // namespace recur
