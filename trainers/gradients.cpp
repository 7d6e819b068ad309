#include "trainers/gradients.h"

#include <ATen/ops/_foreach_mul.h>
#include <ATen/ops/_foreach_norm.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/stack.h>

namespace recur {
namespace {

/// Those of parameters that took part.
std::vector<torch::Tensor> gradients(const std::vector<Optimizer::Parameter>& parameters) {
  std::vector<torch::Tensor> gradients;
  for (const auto& parameter : parameters) {
    if (parameter.value.grad().defined()) gradients.push_back(parameter.value.grad());
  }
  return gradients;
}

bool is_finite(const torch::Tensor& tensor) {
  return at::isfinite(tensor).all().item<bool>();
}

}  // namespace

torch::Tensor gradient_norm(const std::vector<Optimizer::Parameter>& parameters) {
  const torch::NoGradGuard no_grad;
  const auto all = gradients(parameters);
  if (all.empty()) return torch::zeros({});
  return at::linalg_vector_norm(at::stack(at::_foreach_norm(all)));
}

void clip_gradient_norm(const std::vector<Optimizer::Parameter>& parameters, double norm, double max_norm) {
  const torch::NoGradGuard no_grad;
  const double factor = max_norm / (norm + 1e-6);
  if (factor < 1.0) at::_foreach_mul_(gradients(parameters), factor);
}

void clip_gradient_value(const std::vector<Optimizer::Parameter>& parameters, double max_value) {
  const torch::NoGradGuard no_grad;
  for (auto& gradient : gradients(parameters)) gradient.clamp_(-max_value, max_value);
}

std::optional<std::string> first_not_finite(const std::vector<Optimizer::Parameter>& parameters) {
  const torch::NoGradGuard no_grad;
  for (const auto& [name, value] : parameters) {
    if (!is_finite(value)) return fmt::format("parameter '{}'", name);
  }
  for (const auto& [name, value] : parameters) {
    if (value.grad().defined() && !is_finite(value.grad())) {
      return fmt::format("the gradient of parameter '{}'", name);
    }
  }
  return std::nullopt;
}

}  // namespace recur
