// The next batch is made while the present one is trained on.
#pragma once

#include <cstdint>
#include <functional>
#include <future>
#include <utility>

namespace recur {

/// Calls `make(index)` one index ahead, on a thread of its own.  `make` must be a pure function of the index (nothing
/// random that is not planned before), so that the order of the calls does not matter: any index may be asked for.
template <class Batch>
class Prefetch {
 public:
  using Make = std::function<Batch(int64_t index)>;

  Prefetch() = default;
  /// @param count  indices are 0..count-1
  Prefetch(int64_t count, Make make) : count_(count), make_(std::move(make)) {}

  /// An exception of `make` comes out of the call that asks for its batch.
  Batch get(int64_t index) {
    auto batch = take(index);
    if (index + 1 < count_) {
      next_index_ = index + 1;
      next_ = std::async(std::launch::async, make_, index + 1);
    }
    return batch;
  }

 private:
  Batch take(int64_t index) {
    if (!next_.valid()) return make_(index);
    if (next_index_ == index) return next_.get();
    next_.wait();  // another place of the epoch, after a resume
    next_ = {};
    return make_(index);
  }

  int64_t count_ = 0;
  Make make_;
  int64_t next_index_ = -1;
  std::future<Batch> next_;
};

}  // namespace recur
