#pragma once

#include <cstdint>

#include <torch/types.h>

namespace recur::engine {

/// Softmax cross-entropy, mean over rows, with the target spread by label smoothing s:
///   loss = 1/N sum_n (log sum_k e^x_nk - (1 - s) x_nt - s/V sum_k x_nk)
/// What at::cross_entropy_loss computes, in f32 on a CPU (bf16 is read as that) with few passes over the logits;
/// of other tensors by it.  Differentiable twice.
/// @param logits           [N, V]
/// @param targets          [N] int64 in 0..V-1
/// @param label_smoothing  s, 0 <= s < 1
torch::Tensor cross_entropy(const torch::Tensor& logits, const torch::Tensor& targets, double label_smoothing = 0);

}  // namespace recur::engine
