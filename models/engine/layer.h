// What an engine is given and gives back: one layer in one direction over a whole batch of sequences.
#pragma once

#include <vector>

#include <torch/types.h>

namespace recur::engine {

/// The packed parameters of one layer and direction, as torch::nn names them.  G gates, H hidden units, D inputs.
struct LayerParameters {
  torch::Tensor weight_ih;           ///< [G*H, D]
  torch::Tensor weight_hh;           ///< [G*H, H]
  torch::Tensor bias_ih, bias_hh;    ///< [G*H], or undefined where the layer has no bias
  std::vector<torch::Tensor> units;  ///< [H] each: the cell's per-unit parameters
};

/// A batch of sequences without padding, longest first: the rows of step 0, then those of step 1, ...  (torch's
/// PackedSequence.)  A batch without ragged lengths has `rows[t] == B` for all t.
struct PackedSequences {
  torch::Tensor data;         ///< [N, D], N = sum of rows
  std::vector<int64_t> rows;  ///< [T] sequences still alive at step t; never increasing, all > 0
};

struct LayerResult {
  torch::Tensor output;              ///< [N, H] the first state, h, of every step, packed as the input was
  std::vector<torch::Tensor> state;  ///< [B, H] each state after each sequence's own last step
};

}  // namespace recur::engine
