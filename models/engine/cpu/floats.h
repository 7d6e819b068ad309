// What both ways of a pass need: the numbers of f32 tensors, and a thread's portion of some work.
#pragma once

#include <cstdint>
#include <utility>

#include <torch/types.h>

namespace recur::engine::cpu {

/// Of `count` things those that fall to `rank`.
inline std::pair<int64_t, int64_t> portion(int64_t count, int64_t rank, int64_t ranks) {
  return {count * rank / ranks, count * (rank + 1) / ranks};
}

inline const float* data(const torch::Tensor& tensor) {
  return tensor.const_data_ptr<float>();
}
inline float* mutable_data(const torch::Tensor& tensor) {
  return tensor.mutable_data_ptr<float>();
}

}  // namespace recur::engine::cpu
