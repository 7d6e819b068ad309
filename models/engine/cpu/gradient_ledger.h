// The gradients of a layer's parameters where the layer runs one step at a time, each step reading what the one before
// brought about: all steps leave a note, and one product over all of them makes the gradient.
#pragma once

#include <vector>

#include <torch/custom_class.h>
#include <torch/types.h>

#include "models/engine/cpu/weight_gradients.h"

namespace recur::engine::cpu {

/// Of one layer and one forward pass.  A backward pass that was broken off, or does not ask for the parameters, leaves
/// nothing to the next one.
class GradientLedger : public torch::CustomClassHolder {
 public:
  struct Entry {
    std::vector<GradientRows> rows;
    std::vector<torch::Tensor> units;  ///< of the per-unit parameters: each [H]
    std::vector<torch::Tensor> alive;  ///< what the rows point into
  };

  /// By the backward pass that runs now.
  void note(Entry entry);

  bool is_empty() const;

  /// The gradients of all parameters from the notes of the backward pass that runs now, which are then forgotten.
  LayerParameters settle(const PackedWeights& weights, const torch::TensorOptions& options);

 private:
  int pass_ = -1;
  std::vector<Entry> entries_;
};

}  // namespace recur::engine::cpu
