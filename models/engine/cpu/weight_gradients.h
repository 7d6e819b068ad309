// Gradients of a layer's weights and biases: sums over all steps of outer products, as tiles.
#pragma once

#include <vector>

#include <torch/types.h>

#include "models/engine/cpu/weights.h"
#include "models/engine/layer.h"

namespace recur::engine::cpu {

/// Some rows of the products' gradients, and what was multiplied there: the row of x, h before the step, and
/// what late gates read.
struct GradientRows {
  const float* sums_gradient;   ///< [rows, columns]
  const float* apart_gradient;  ///< [rows, apart columns]
  std::vector<const float*> x, h;
  std::vector<const float*> argument;  ///< of the late gates' U; empty where there are none
};

/// Those of weight_ih, weight_hh, bias_ih and bias_hh, whether the layer has biases or not; units stay empty.  Rounded
/// to bf16 are what is multiplied, if the weights are, but not what is added up for the biases.
LayerParameters weight_gradients(const PackedWeights& weights, const std::vector<GradientRows>& rows,
                                 const torch::TensorOptions& options);

}  // namespace recur::engine::cpu
