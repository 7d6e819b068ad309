#include "core/thread_team.h"

#include <ATen/Parallel.h>

#include <fmt/format.h>

#include "core/error.h"

namespace recur {

ThreadTeam::ThreadTeam(int64_t size) : failures_(size) {
  const int threads = at::get_num_threads();
  try {
    std::unique_lock lock(mutex_);
    running_ = size;
    for (int64_t k = 0; k < size; ++k) threads_.emplace_back([this, k] { serve(k); });
    done_.wait(lock, [&] { return running_ == 0; });
  } catch (...) {  // no more threads to be had
    end();
    throw;
  }
  at::set_num_threads(threads);  // each of ours has said 1, which would hold for threads that are begun later
}

ThreadTeam::~ThreadTeam() {
  end();
}

void ThreadTeam::end() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  called_.notify_all();
  for (auto& thread : threads_) thread.join();
}

void ThreadTeam::run(int64_t count, const std::function<void(int64_t)>& work) {
  if (count > size()) throw Error(fmt::format("thread team: {} calls at once on {} threads", count, size()));
  {
    std::unique_lock lock(mutex_);
    work_ = &work;
    state_.emplace();
    failures_.assign(threads_.size(), nullptr);
    count_ = running_ = count;
    ++round_;
    called_.notify_all();
    done_.wait(lock, [&] { return running_ == 0; });
  }
  for (const auto& failure : failures_) {
    if (failure) std::rethrow_exception(failure);
  }
}

void ThreadTeam::serve(int64_t number) {
  at::get_num_threads();  // a thread takes the common number when it first needs one: now, and not after the next line
  at::set_num_threads(1);
  std::unique_lock lock(mutex_);
  if (--running_ == 0) done_.notify_all();
  int64_t seen = 0;
  while (true) {
    called_.wait(lock, [&] { return ends_ || (round_ != seen && number < count_); });
    if (ends_) return;
    seen = round_;
    const auto* const work = work_;
    const auto state = *state_;
    lock.unlock();
    std::exception_ptr failure;
    try {
      const at::ThreadLocalStateGuard as_the_caller(state);
      (*work)(number);
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    failures_[number] = failure;
    if (--running_ == 0) done_.notify_all();
  }
}

}  // namespace recur
