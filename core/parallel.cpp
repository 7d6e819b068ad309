#include "core/parallel.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <optional>
#include <thread>

#include <ATen/Parallel.h>
#include <ATen/TensorIterator.h>
#include <ATen/ops/arange.h>

#include "core/error.h"

namespace recur {
namespace {

/// Until `done`: spins for some microseconds, then lets others run.
template <class Done>
void spin_until(Done done) {
  constexpr int kSpins = 4000;
  int spins = 0;
  while (!done()) {
    if (spins < kSpins) {
      ++spins;
#if defined(__x86_64__)
      __builtin_ia32_pause();
#endif
    } else {
      std::this_thread::yield();
    }
  }
}

}  // namespace

void parallel_for_each(int64_t count, c10::function_ref<void(int64_t)> work) {
  if (count == 1) return work(0);
  const auto numbers = at::arange(count, at::kLong);
  auto iterator = at::TensorIteratorConfig().add_input(numbers).build();
  iterator.for_each(
      [&](char** data, const int64_t* strides, int64_t n) {
        for (int64_t k = 0; k < n; ++k) work(*reinterpret_cast<const int64_t*>(data[0] + k * strides[0]));
      },
      /*grain_size=*/1);
}

int64_t parallel_range_count(int64_t count) {
  return std::min<int64_t>(at::get_num_threads(), count);
}

void parallel_for_ranges(int64_t count, c10::function_ref<void(int64_t, int64_t, int64_t)> work) {
  const int64_t ranges = parallel_range_count(count);
  parallel_for_each(ranges, [&](int64_t range) {
    const auto [first, last] = portion(count, range, ranges);
    work(range, first, last);
  });
}

void Gang::wait() {
  if (size_ == 1) return;
  const int64_t round = rounds_.load(std::memory_order_relaxed);
  if (waiting_.fetch_add(1, std::memory_order_acq_rel) + 1 == size_) {
    waiting_.store(0, std::memory_order_relaxed);
    rounds_.store(round + 1, std::memory_order_release);
  } else {
    spin_until([&] { return rounds_.load(std::memory_order_acquire) != round || has_failed_.load(); });
  }
  if (has_failed_.load()) throw Error("another thread of the gang failed");
}

void run_together(int64_t most, c10::function_ref<void(int64_t, Gang&)> work) {
  if (most <= 1 || at::get_num_threads() == 1 || at::in_parallel_region()) {
    Gang alone(1);
    return work(0, alone);
  }
  // The caller's thread leads: it waits a little for the others to come, then closes the gang.
  constexpr int64_t kClosed = int64_t{1} << 32;
  constexpr auto kPatience = std::chrono::microseconds(100);
  std::atomic<int64_t> comers = 0;
  std::optional<Gang> gang;
  std::atomic<bool> is_closed = false;
  std::exception_ptr failure;  // the first
  parallel_for_each(most, [&](int64_t k) {
    int64_t rank = 0;
    if (k == 0) {
      const auto start = std::chrono::steady_clock::now();
      while (comers.load() < most - 1 && std::chrono::steady_clock::now() - start < kPatience) {
      }
      gang.emplace(1 + comers.fetch_or(kClosed));
      is_closed.store(true);
    } else {
      rank = 1 + comers.fetch_add(1);
      if (rank > kClosed) return;
      spin_until([&] { return is_closed.load(); });
    }
    try {
      work(rank, *gang);
    } catch (...) {
      if (!gang->has_failed_.exchange(true)) failure = std::current_exception();
    }
  });
  if (failure) std::rethrow_exception(failure);
}

}  // namespace recur
