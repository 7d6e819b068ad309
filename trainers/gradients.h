// What happens to the gradients between the backward pass and the optimizer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <torch/types.h>

#include "trainers/optimizer.h"

namespace recur {

/// The 2-norm of all gradients taken as one vector: a scalar on their device.
torch::Tensor gradient_norm(const std::vector<Optimizer::Parameter>& parameters);

/// Scales all gradients by max_norm / (norm + 1e-6) if that is below 1, as torch.nn.utils.clip_grad_norm_.
void clip_gradient_norm(const std::vector<Optimizer::Parameter>& parameters, double norm, double max_norm);

/// Clamps every element of every gradient to +- max_value.
void clip_gradient_value(const std::vector<Optimizer::Parameter>& parameters, double max_value);

/// E.g. "parameter 'layer.weight'" or "the gradient of parameter 'layer.weight'": the first parameter whose value is
/// not finite, else the first whose gradient is not; nothing if all are.
std::optional<std::string> first_not_finite(const std::vector<Optimizer::Parameter>& parameters);

}  // namespace recur
