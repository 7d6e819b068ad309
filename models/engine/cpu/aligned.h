// Memory in which no vector lies across two cache lines.
#pragma once

#include <algorithm>
#include <cstdint>
#include <new>

#include <hwy/aligned_allocator.h>

namespace recur::engine::cpu {

using AlignedFloats = hwy::AlignedFreeUniquePtr<float[]>;

/// Not initialised.
inline AlignedFloats aligned_floats(int64_t size) {
  auto floats = hwy::AllocateAligned<float>(static_cast<size_t>(std::max<int64_t>(size, 1)));
  if (!floats) throw std::bad_alloc();
  return floats;
}

/// Floats for a thread's own use, not initialised.
class Scratch {
 public:
  float* reserve(int64_t size) {
    if (size > size_) {
      data_ = aligned_floats(size);
      size_ = size;
    }
    return data_.get();
  }

 private:
  AlignedFloats data_;
  int64_t size_ = 0;
};

}  // namespace recur::engine::cpu
