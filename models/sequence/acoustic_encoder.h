// A recurrent network that listens: feature frames in, fewer and richer steps out.
#pragma once

#include <cstdint>
#include <tuple>
#include <vector>

#include <torch/csrc/jit/api/module.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/conv.h>
#include <torch/nn/pimpl.h>

#include "core/options.h"
#include "models/sequence/recurrent.h"

namespace recur {

struct ConvolutionOptions {
  int64_t layers = 0;
  int64_t channels = 64;
  int64_t kernel = 3;
  int64_t stride = 2;
  double dropout = 0.0;

  static constexpr auto fields() {
    using O = ConvolutionOptions;
    return std::tuple{
        field("layers", &O::layers, "convolutions over time below the recurrent layers; 0: none", between(0, 8)),
        field("channels", &O::channels, "columns that each of them puts out", at_least(1)),
        field("kernel", &O::kernel, "steps that each of them sees at once", at_least(1)),
        field("stride", &O::stride, "steps that become one in each of them", at_least(1)),
        field("dropout", &O::dropout, "dropout behind each of them", fraction()),
    };
  }
  void check(ConfigCheck& check) const {
    check.require(kernel >= stride, "kernel", "must be at least `stride`, or steps would be left out");
  }
};

struct AcousticEncoderOptions {
  ConvolutionOptions convolution = {};
  RecurrentOptions recurrent = {.hidden_size = 128, .num_layers = 2, .bidirectional = true};
  double dropout = 0.0;

  static constexpr auto fields() {
    using O = AcousticEncoderOptions;
    return std::tuple{
        field("convolution", &O::convolution, "strided convolutions that shorten what the recurrent layers read"),
        field("recurrent", &O::recurrent, "the layers that listen"),
        field("dropout", &O::dropout, "dropout on what the top layer puts out", fraction()),
    };
  }
};

/// What was heard in a batch.
struct Heard {
  torch::Tensor output;              ///< [B, T', S*H], zero behind an utterance's end
  torch::Tensor lengths;             ///< [B] int64 on the CPU, T' of each
  std::vector<torch::Tensor> state;  ///< see RecurrentOutput
};

/// Convolutions over time, relu behind each, and recurrent layers.
///
/// Step j of a convolution sees steps stride*j - (kernel - stride) .. stride*j + stride - 1 of what is below it, zeros
/// outside of the utterance: nothing ahead of what the step stands for, so that a network of one direction can listen
/// to a stream (acoustic_stream.h).  T steps become ceil(T / stride).  What stands behind an utterance's end changes
/// nothing.
class AcousticEncoderImpl : public torch::nn::Cloneable<AcousticEncoderImpl> {
 public:
  /// `columns` are a frame's.
  AcousticEncoderImpl(int64_t columns, AcousticEncoderOptions options);

  void reset() override;

  /// @param frames   [B, T, D]
  /// @param lengths  [B] int64 on the CPU, 1..T
  /// @throws ShapeError
  Heard forward(const torch::Tensor& frames, const torch::Tensor& lengths);

  /// Frames that become one step.
  int64_t stride() const;
  /// Steps that `frames` become.
  int64_t steps(int64_t frames) const;

  const AcousticEncoderOptions& options() const { return options_; }
  int64_t columns() const { return columns_; }
  int64_t output_size() const { return recurrent->output_size(); }

  std::vector<torch::nn::Conv1d> convolutions;
  Recurrent recurrent = nullptr;

 private:
  int64_t columns_;
  AcousticEncoderOptions options_;
};
TORCH_MODULE(AcousticEncoder);

/// x [B, T, D] with zeros behind each example's end; lengths [B] int64.
torch::Tensor zero_behind(const torch::Tensor& x, const torch::Tensor& lengths);

/// `forward(frames [B, T, D], lengths: Tensor) -> (output, lengths, state)`, in evaluation mode.
torch::jit::Module acoustic_encoder_to_torchscript(const AcousticEncoderImpl& encoder);

}  // namespace recur
