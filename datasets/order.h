// The order in which an epoch meets its examples.
#pragma once

#include <cstdint>

#include <torch/types.h>

namespace recur {

/// A random permutation of 0..n-1, [n] int64: a pure function of (n, seed, epoch), untouched by torch's own generator,
/// so that a resumed run meets the same batches.
torch::Tensor epoch_order(int64_t n, int64_t seed, int64_t epoch);

}  // namespace recur
