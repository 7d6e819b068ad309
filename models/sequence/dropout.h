// Dropout of single elements, and that whose mask is the same at every step of a sequence: "variational" (Gal &
// Ghahramani 2016), also "locked".
#pragma once

#include <torch/types.h>

#include "models/engine/layer.h"

namespace recur {

/// What inverted dropout (Srivastava et al. 2014) multiplies by: 0 with probability `rate`, else 1 / (1 - rate).  One
/// number of the generator (core/random.h) seeds it; threads share the work and do not change the result.  (LibTorch
/// draws its mask on one thread, element by element, wherever the processor is not Intel's.)
torch::Tensor dropout_mask(at::IntArrayRef sizes, double rate, const torch::TensorOptions& options);

/// torch::dropout with that mask; the input itself out of training.  `x` has any shape.
torch::Tensor elementwise_dropout(const torch::Tensor& x, double rate, bool training);

/// Inverted dropout with one mask [B, 1, D] a sequence of x [B, T, D]; the input itself out of training.
torch::Tensor variational_dropout(const torch::Tensor& x, double rate, bool training);

/// The same for packed sequences: data [N, D] with the mask of each row's own sequence.
torch::Tensor variational_dropout(const engine::PackedSequences& x, double rate, bool training);

}  // namespace recur
