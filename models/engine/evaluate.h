// A cell's program run on tensors, value by value, where more is asked for than the next state: what its gates are.
#pragma once

#include <vector>

#include <torch/types.h>

#include "models/engine/layer.h"
#include "models/engine/program.h"

namespace recur::engine {

/// Every value of the program in one step, by number: [B, H], a unit [H], a constant [].  Differentiable by autograd;
/// slower than the reference engine, whose products serve several gates.
/// `x`: [B, D]; `state`: each [B, H].
std::vector<torch::Tensor> evaluate(const Program& program, const LayerParameters& parameters, const torch::Tensor& x,
                                    const std::vector<torch::Tensor>& state);

}  // namespace recur::engine
