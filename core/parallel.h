// Loops on LibTorch's own threads.  (at::parallel_for in our code would need -fopenmp and LibTorch's own OpenMP library
// at link time; a second OpenMP runtime beside it would double the threads.)
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

#include <c10/util/FunctionRef.h>

namespace recur {

/// Calls work(k) for each k in [0, count), on up to at::get_num_threads() threads; the first exception comes out.
void parallel_for_each(int64_t count, c10::function_ref<void(int64_t)> work);

/// Of `count` things in a row those [first, last) that fall to `rank`.
inline std::pair<int64_t, int64_t> portion(int64_t count, int64_t rank, int64_t ranks) {
  return {count * rank / ranks, count * (rank + 1) / ranks};
}

/// Ranges that parallel_for_ranges cuts `count` things into: one for each thread, and none empty.
int64_t parallel_range_count(int64_t count);

/// Calls work(range, first, last) for each of the ranges that [0, count) is cut into, each on a thread; the first
/// exception comes out.
void parallel_for_ranges(int64_t count, c10::function_ref<void(int64_t range, int64_t first, int64_t last)> work);

/// Threads that run one job together and wait for each other.
class Gang {
 public:
  explicit Gang(int64_t size) : size_(size) {}

  int64_t size() const { return size_; }
  /// Returns when all have called it; what they wrote before is then seen by all.
  /// @throws Error if one of them has thrown, and will not come.
  void wait();

 private:
  friend void run_together(int64_t most, c10::function_ref<void(int64_t rank, Gang&)> work);
  int64_t size_;
  std::atomic<int64_t> waiting_ = 0, rounds_ = 0;
  std::atomic<bool> has_failed_ = false;
};

/// Calls work(rank, gang) for each rank of a gang of at most `most` threads, at the same time.  Threads that do not
/// come at once, because they are busy or asleep, are not waited for: the gang is then smaller.  The first exception
/// comes out.
void run_together(int64_t most, c10::function_ref<void(int64_t rank, Gang&)> work);

}  // namespace recur
