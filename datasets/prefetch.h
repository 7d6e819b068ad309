// The next batches are made while the present one is trained on.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <future>
#include <map>
#include <utility>

#include <ATen/Parallel.h>

namespace recur {

/// Calls `make(index)` for the indices ahead, each on a thread of its own.  `make` must be a pure function of the index
/// (nothing random that is not planned before), so that the order of the calls does not matter: any index may be asked
/// for.  With several workers it is called from several threads at once.
///
/// Torch's operations inside `make` use one thread: the workers are what runs in parallel, and a team of threads for
/// each of them would only take the cores from the trainer.  at::set_num_threads holds for the thread that calls it and
/// those begun after it, so the trainer keeps its own number.
template <class Batch>
class Prefetch {
 public:
  using Make = std::function<Batch(int64_t index)>;

  Prefetch() = default;
  /// @param count    indices are 0..count-1
  /// @param make     called for each, see above
  /// @param workers  so many batches at most are being made or lie ready
  Prefetch(int64_t count, Make make, int64_t workers = 1)
      : count_(count), workers_(std::max<int64_t>(workers, 1)), make_(std::move(make)) {}

  /// An exception of `make` comes out of the call that asks for its batch.
  Batch get(int64_t index) {
    at::get_num_threads();  // this thread takes its number now, if it has none yet, and not from a worker
    // What was made for another place of the epoch (after a resume) is waited for and dropped.
    std::erase_if(ahead_, [&](const auto& made) { return made.first < index || made.first >= index + workers_; });
    start(index, index + workers_);
    auto batch = ahead_.extract(index).mapped().get();
    start(index + 1, index + 1 + workers_);
    return batch;
  }

 private:
  void start(int64_t begin, int64_t end) {
    for (int64_t index = begin; index < std::min(end, count_); ++index) {
      if (ahead_.contains(index)) continue;
      ahead_.emplace(index, std::async(std::launch::async, [make = make_, index] {
                       at::set_num_threads(1);
                       return make(index);
                     }));
    }
  }

  int64_t count_ = 0;
  int64_t workers_ = 1;
  Make make_;
  std::map<int64_t, std::future<Batch>> ahead_;  // a future of std::async waits for its thread when it is destroyed
};

}  // namespace recur
