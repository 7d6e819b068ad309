// A model of your own around recurrent layers: sequences of different lengths in, scores of classes out.
#pragma once

#include <cstdint>
#include <tuple>

#include <torch/nn/cloneable.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include <models/sequence/recurrent.h>

/// Read from YAML by recur::read_options, with a check of every key and range.
struct MyModelOptions {
  recur::RecurrentOptions recurrent = {};
  int64_t classes = 2;

  static constexpr auto fields() {
    using O = MyModelOptions;
    return std::tuple{
        recur::field("recurrent", &O::recurrent, "the layers that read the sequence"),
        recur::field("classes", &O::classes, "how many there are to choose from", recur::at_least(2)),
    };
  }
};

/// Recurrent layers, whose last state a linear layer reads.
class MyModelImpl : public torch::nn::Cloneable<MyModelImpl> {
 public:
  /// @param input_size  D, the width of a step
  MyModelImpl(int64_t input_size, MyModelOptions options);

  void reset() override;

  /// @param x  [B, T, D]  @param lengths  [B] int64: steps of each sequence; what stands behind them is never read
  /// @returns  scores [B, C]
  torch::Tensor forward(const torch::Tensor& x, const torch::Tensor& lengths);

 private:
  int64_t input_size_;
  MyModelOptions options_;
  recur::Recurrent recurrent_ = nullptr;
  torch::nn::Linear readout_ = nullptr;
};
TORCH_MODULE(MyModel);
