// The numbers of f32 tensors, which both ways of a pass need.
#pragma once

#include <torch/types.h>

namespace recur::engine::cpu {

inline const float* data(const torch::Tensor& tensor) {
  return tensor.const_data_ptr<float>();
}
inline float* mutable_data(const torch::Tensor& tensor) {
  return tensor.mutable_data_ptr<float>();
}

}  // namespace recur::engine::cpu
