// The forecaster: a stack of recurrent layers that reads a window and a linear read-out of its last state.
#pragma once

#include <optional>
#include <tuple>

#include <torch/nn/cloneable.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include "core/options.h"
#include "models/sequence/recurrent.h"

namespace recur {

struct ForecasterOptions {
  RecurrentOptions recurrent;
  double dropout = 0.0;

  static constexpr auto fields() {
    using O = ForecasterOptions;
    return std::tuple{
        field("recurrent", &O::recurrent, "the layers that read the window"),
        field("dropout", &O::dropout, "dropout before the read-out", fraction()),
    };
  }
};

/// Many-to-one: x [B, T, D] -> y [B, horizon].  The read-out sees the top layer's h at each sequence's own end, and
/// with both directions also the reverse one's at its beginning.
class ForecasterImpl : public torch::nn::Cloneable<ForecasterImpl> {
 public:
  ForecasterImpl(int64_t input_size, int64_t horizon, ForecasterOptions options);

  void reset() override;

  /// @param x        [B, T, D]
  /// @param lengths  [B] int64, 1..T; all T where absent
  /// @returns        [B, horizon]
  /// @throws ShapeError
  torch::Tensor forward(const torch::Tensor& x, const std::optional<torch::Tensor>& lengths = {});

  const ForecasterOptions& options() const { return options_; }

  Recurrent recurrent = nullptr;
  torch::nn::Linear readout = nullptr;

 private:
  int64_t input_size_, horizon_;
  ForecasterOptions options_;
};
TORCH_MODULE(Forecaster);

}  // namespace recur
