// The numbers of f32 tensors.
#pragma once

#include <torch/types.h>

namespace recur::engine::cpu {

inline const float* data(const torch::Tensor& tensor) {
  return tensor.const_data_ptr<float>();
}
inline float* mutable_data(const torch::Tensor& tensor) {
  return tensor.mutable_data_ptr<float>();
}

/// What a product under autocast left as bf16 on a CPU, as f32: our own passes read that.  All else as it is.
inline torch::Tensor widened_on_cpu(const torch::Tensor& tensor) {
  return tensor.is_cpu() && tensor.scalar_type() == torch::kBFloat16 ? tensor.to(torch::kFloat32) : tensor;
}

}  // namespace recur::engine::cpu
