#pragma once

#include <torch/nn/modules/linear.h>
#include <torch/types.h>

namespace recur::engine {

/// x W^T + b as at::linear; of many rows in f32 on a CPU by the engine's own tiles, which do not leave to the maker of
/// the processor how quick they are.  Differentiable twice.
/// @param x  [.., D]  @param weight  [V, D]  @param bias  [V], or undefined  @returns  [.., V]
torch::Tensor linear(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias);

inline torch::Tensor linear(const torch::nn::Linear& layer, const torch::Tensor& x) {
  return linear(x, layer->weight, layer->bias);
}

}  // namespace recur::engine
