// The row reader: an image as a sequence of its rows, top to bottom, read by recurrent layers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <torch/csrc/jit/api/module.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/pimpl.h>

#include "models/heads/pooling.h"
#include "models/sequence/recurrent.h"

namespace recur {

/// x [B, H, W] -> one vector for each image: row t is what step t reads ("sequential MNIST by rows"; Le et al., A
/// simple way to initialize recurrent networks of rectified linear units, 2015, read it pixel by pixel).
class RowReaderImpl : public torch::nn::Cloneable<RowReaderImpl> {
 public:
  /// @param width      pixels of a row
  /// @param recurrent  the layers
  /// @param pooling    how the steps become one vector; see PoolingImpl
  /// @throws ConfigError, ShapeError as RecurrentImpl does.
  RowReaderImpl(int64_t width, RecurrentOptions recurrent, std::vector<std::string> pooling);

  void reset() override;

  /// @param x  [B, H, W]; any number of rows
  /// @returns  [B, output_size()]
  /// @throws ShapeError
  torch::Tensor forward(const torch::Tensor& x);

  int64_t output_size() const { return pooling->output_size(); }

  Recurrent recurrent = nullptr;
  Pooling pooling = nullptr;

 private:
  int64_t width_;
  RecurrentOptions recurrent_options_;
  std::vector<std::string> pooling_ways_;
};
TORCH_MODULE(RowReader);

/// A TorchScript module, in evaluation mode, with the parameters under their own names and `forward(x [B, H, W])`, as
/// above.
torch::jit::Module row_reader_to_torchscript(const RowReaderImpl& reader);

}  // namespace recur
