// The feed-forward network: linear maps with a nonlinearity between them, and nothing that remembers.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include <torch/csrc/jit/api/module.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/container/modulelist.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include "core/options.h"

namespace recur {

struct FeedForwardOptions {
  std::vector<int64_t> layers = {64};
  std::string activation = "relu";
  bool batch_norm = false;
  double input_dropout = 0.0;
  double dropout = 0.0;

  static constexpr auto fields() {
    using O = FeedForwardOptions;
    return std::tuple{
        field("layers", &O::layers, "units of each hidden layer; []: none, only the linear read-out", at_least(1)),
        field("activation", &O::activation, "nonlinearity of the hidden layers",
              one_of("relu", "tanh", "sigmoid", "gelu")),
        field("batch_norm", &O::batch_norm,
              "normalise each hidden unit over the batch before its nonlinearity (Ioffe & Szegedy 2015)"),
        field("input_dropout", &O::input_dropout, "dropout on the input", fraction()),
        field("dropout", &O::dropout, "dropout behind each hidden layer", fraction()),
    };
  }
};

/// h_0 = x,  h_k = f(W_k h_(k-1) + b_k),  y = V h_K + c, with f the activation.  With batch_norm, W_k h_(k-1) + b_k is
/// brought to mean 0 and variance 1 over the batch, then scaled and shifted; out of training, by running averages.
///
/// Parameters: `layers.K.weight`, `norms.K.weight`, `readout.weight`, ..., from K = 0, as torch::nn starts them.
class FeedForwardImpl : public torch::nn::Cloneable<FeedForwardImpl> {
 public:
  /// @throws ConfigError for an unknown activation, ShapeError for sizes below 1.
  FeedForwardImpl(int64_t input_size, int64_t outputs, FeedForwardOptions options);

  void reset() override;

  /// @param x  [B, ...], of input_size numbers each
  /// @returns  [B, outputs]
  /// @throws ShapeError
  torch::Tensor forward(const torch::Tensor& x);

  const FeedForwardOptions& options() const { return options_; }
  int64_t input_size() const { return input_size_; }

  torch::nn::ModuleList layers = nullptr;  ///< of torch::nn::Linear
  torch::nn::ModuleList norms = nullptr;   ///< of torch::nn::BatchNorm1d; empty without batch_norm
  torch::nn::Linear readout = nullptr;

 private:
  int64_t input_size_, outputs_;
  FeedForwardOptions options_;
};
TORCH_MODULE(FeedForward);

/// A TorchScript module, in evaluation mode, with the parameters under their own names and the method
///   `forward(x [B, ...]) -> y [B, outputs]`
torch::jit::Module feed_forward_to_torchscript(const FeedForwardImpl& network);

}  // namespace recur
