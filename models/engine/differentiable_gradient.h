// For functions whose gradient is computed by hand: the same gradient once more by autograd, where it is to be
// differentiated itself.
#pragma once

#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/variable.h>

namespace recur::engine {

/// The gradient of run(inputs), a list of tensors, to each of `saved`; undefined where none is asked for.
template <class Run>
torch::autograd::variable_list differentiable_gradient(const torch::autograd::variable_list& saved,
                                                       const torch::autograd::variable_list& gradients,
                                                       const Run& run) {
  // Of each input by itself: one may have been computed from another, e.g. a state from the weights.
  torch::autograd::variable_list inputs, wanted;
  for (const auto& input : saved) {
    inputs.push_back(input.requires_grad() ? input.view_as(input) : input);
    if (input.requires_grad()) wanted.push_back(inputs.back());
  }
  auto found = torch::autograd::grad(run(inputs), wanted, gradients, /*retain_graph=*/true, /*create_graph=*/true,
                                     /*allow_unused=*/true);
  torch::autograd::variable_list all;
  size_t next = 0;
  for (const auto& input : inputs) all.push_back(input.requires_grad() ? found[next++] : torch::Tensor());
  return all;
}

}  // namespace recur::engine
