// Threads that compute beside each other, each by itself: for work that is better cut once, from the outside, than
// operation by operation.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include <ATen/ThreadLocalState.h>

namespace recur {

/// Inside run(), LibTorch's operations and ours stay on the thread that calls them; in all else (gradient mode,
/// autocast) it is as the thread that called run().  Not for several callers at once.
class ThreadTeam {
 public:
  explicit ThreadTeam(int64_t size);
  ~ThreadTeam();
  ThreadTeam(const ThreadTeam&) = delete;
  ThreadTeam& operator=(const ThreadTeam&) = delete;

  int64_t size() const { return static_cast<int64_t>(threads_.size()); }

  /// Calls work(k) for all k in [0, count) at the same time and waits for them; an exception comes out, that of the
  /// least k.
  /// @throws Error  for a count above size()
  void run(int64_t count, const std::function<void(int64_t k)>& work);

 private:
  void serve(int64_t number);
  void end();

  std::mutex mutex_;  // of all that follows
  std::condition_variable called_, done_;
  const std::function<void(int64_t)>* work_ = nullptr;
  std::optional<at::ThreadLocalState> state_;  // of the caller
  std::vector<std::exception_ptr> failures_;
  int64_t round_ = 0, count_ = 0, running_ = 0;
  bool ends_ = false;

  std::vector<std::thread> threads_;
};

}  // namespace recur
