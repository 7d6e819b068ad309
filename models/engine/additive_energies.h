#pragma once

#include <torch/types.h>

namespace recur::engine {

/// What additive attention compares by:  e_bl = v . tanh(q_b + k_bl).  In f32 on a CPU (bf16 is read as that) one pass
/// each way, in which nothing of size [B, L, A] is kept; of other tensors by torch's operations.  Differentiable twice.
/// @param queries  [B, A]  @param keys  [B, L, A]  @param v  [1, A]  @returns  [B, L]
torch::Tensor additive_energies(const torch::Tensor& queries, const torch::Tensor& keys, const torch::Tensor& v);

}  // namespace recur::engine
