// torch::optim's optimizers behind one interface, with their state as plain tensors.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <torch/nn/module.h>
#include <torch/optim/optimizer.h>
#include <torch/types.h>

#include "trainers/options.h"

namespace recur {

using TensorMap = std::map<std::string, torch::Tensor>;

/// Parameter name -> e.g. {"step", "exp_avg", "exp_avg_sq"}, the names of Python's `optimizer.state_dict()`.
using OptimizerState = std::map<std::string, TensorMap>;

namespace detail {
struct StateAccess;  // how the state of one kind of optimizer is read and written
}

class Optimizer {
 public:
  /// Over all parameters of `model` that require a gradient; one that is registered under several names (tied weights)
  /// counts once, under its first.  Without decay_biases, weight decay leaves biases and all other parameters of one
  /// dimension out.
  /// @throws ConfigError  for an unknown name, or nesterov without momentum.
  Optimizer(const OptimizerOptions& options, const torch::nn::Module& model);

  void set_learning_rate(double learning_rate);
  void zero_grad() { optimizer_->zero_grad(); }
  void step() { optimizer_->step(); }

  struct Parameter {
    std::string name;
    torch::Tensor value;
  };
  const std::vector<Parameter>& parameters() const { return parameters_; }

  /// Shares memory with the optimizer: to keep a state while stepping on, clone it.
  OptimizerState state() const;

  /// Copies a state into a fresh optimizer, to each parameter's device.  A parameter that is absent from it never had a
  /// gradient.  @throws CheckpointError naming a parameter that is unknown, or whose state is another optimizer's or
  /// has another shape.
  void load_state(const OptimizerState& state);

 private:
  std::vector<Parameter> parameters_;
  std::unique_ptr<torch::optim::Optimizer> optimizer_;
  const detail::StateAccess* access_ = nullptr;
};

}  // namespace recur
