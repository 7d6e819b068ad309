// Dropout whose mask is the same at every step of a sequence: "variational" (Gal & Ghahramani 2016), also "locked".
#pragma once

#include <torch/types.h>

#include "models/engine/layer.h"

namespace recur {

/// Inverted dropout with one mask [B, 1, D] a sequence.  Drawn from torch's generator; the input itself out of
/// training.
/// @param x  [B, T, D]
torch::Tensor variational_dropout(const torch::Tensor& x, double rate, bool training);

/// The same for packed sequences: data [N, D] with the mask of each row's own sequence.
torch::Tensor variational_dropout(const engine::PackedSequences& x, double rate, bool training);

}  // namespace recur
