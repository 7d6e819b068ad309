// Adam and AdamW (Kingma & Ba 2015; Loshchilov & Hutter 2019) as torch::optim has them, and faster.
#pragma once

#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include <ATen/ops/_fused_adam.h>
#include <ATen/ops/_fused_adamw.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros_like.h>
#include <torch/optim/adam.h>
#include <torch/optim/adamw.h>

#include "core/error.h"

namespace recur {

/// Adam or AdamW in one pass over each parameter, as `fused=True` has it in Python: torch::optim's own step goes over
/// it for each term of the update.  Options and state are the base's.
template <class Base, class Options, class State>
class FusedAdam : public Base {
 public:
  using Base::Base;

  torch::Tensor step(torch::optim::Optimizer::LossClosure closure = nullptr) override {
    if (closure) throw Error("FusedAdam: takes no closure");
    const torch::NoGradGuard no_grad;
    for (auto& group : this->param_groups()) update(group);
    return {};
  }

 private:
  void update(torch::optim::OptimizerParamGroup& group) {
    std::vector<torch::Tensor> parameters, gradients, means, squares, steps;
    for (auto& parameter : group.params()) {
      if (!parameter.grad().defined()) continue;
      auto& state = state_of(parameter);
      state.step(state.step() + 1);
      parameters.push_back(parameter);
      gradients.push_back(parameter.grad());
      means.push_back(state.exp_avg());
      squares.push_back(state.exp_avg_sq());
      steps.push_back(at::full({}, static_cast<double>(state.step()), parameter.options().dtype(torch::kFloat32)));
    }
    if (parameters.empty()) return;
    const auto& options = static_cast<const Options&>(group.options());
    const auto [beta1, beta2] = options.betas();
    const auto run = [&](auto rule) {
      rule(parameters, gradients, means, squares, at::TensorList(), steps, options.lr(), beta1, beta2,
           options.weight_decay(), options.eps(), /*amsgrad=*/false, /*maximize=*/false, std::optional<at::Tensor>(),
           std::optional<at::Tensor>());
    };
    if constexpr (std::is_same_v<Base, torch::optim::Adam>) {
      run([](auto&&... args) { at::_fused_adam_(args...); });
    } else {
      run([](auto&&... args) { at::_fused_adamw_(args...); });
    }
  }

  State& state_of(const torch::Tensor& parameter) {
    auto& state = this->state_[parameter.unsafeGetTensorImpl()];
    if (!state) {
      auto fresh = std::make_unique<State>();
      fresh->step(0);
      fresh->exp_avg(torch::zeros_like(parameter, torch::MemoryFormat::Preserve));
      fresh->exp_avg_sq(torch::zeros_like(parameter, torch::MemoryFormat::Preserve));
      state = std::move(fresh);
    }
    return static_cast<State&>(*state);
  }
};

using FusedAdamL2 = FusedAdam<torch::optim::Adam, torch::optim::AdamOptions, torch::optim::AdamParamState>;
using FusedAdamW = FusedAdam<torch::optim::AdamW, torch::optim::AdamWOptions, torch::optim::AdamWParamState>;

}  // namespace recur
