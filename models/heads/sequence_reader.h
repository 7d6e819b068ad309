// The sequence reader: recurrent layers over feature vectors and a linear read-out, of every step (sequence labelling)
// or of the last one.
#pragma once

#include <optional>
#include <tuple>

#include <torch/csrc/jit/api/module.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/linear.h>
#include <torch/nn/pimpl.h>

#include "core/options.h"
#include "models/sequence/recurrent.h"

namespace recur {

struct SequenceReaderOptions {
  RecurrentOptions recurrent;
  double dropout = 0.0;

  static constexpr auto fields() {
    using O = SequenceReaderOptions;
    return std::tuple{
        field("recurrent", &O::recurrent, "the layers; one direction"),
        field("dropout", &O::dropout, "dropout before the read-out", fraction()),
    };
  }
  void check(ConfigCheck& check) const {
    check.require(!recurrent.bidirectional, "recurrent.bidirectional",
                  "would read ahead: what is asked at a step may stand behind it");
  }
};

/// Which steps a reader answers at.
enum class ReadOut {
  kEveryStep,  ///< [B, T, outputs]; behind a sequence's end the read-out of zeros, its bias
  kLastStep,   ///< [B, outputs], at each sequence's own end
};

/// x [B, T, D] -> W h_t + b.
class SequenceReaderImpl : public torch::nn::Cloneable<SequenceReaderImpl> {
 public:
  /// @throws ConfigError for an unknown cell or two directions, ShapeError for sizes below 1.
  SequenceReaderImpl(int64_t input_size, int64_t outputs, ReadOut read_out, SequenceReaderOptions options);

  void reset() override;

  /// @param x        [B, T, D]
  /// @param lengths  [B] int64 on the CPU, 1..T; all T where absent
  /// @returns        [B, T, outputs] or [B, outputs], see ReadOut
  /// @throws ShapeError
  torch::Tensor forward(const torch::Tensor& x, const std::optional<torch::Tensor>& lengths = {});

  const SequenceReaderOptions& options() const { return options_; }
  ReadOut read_out() const { return read_out_; }

  Recurrent recurrent = nullptr;
  torch::nn::Linear readout = nullptr;

 private:
  int64_t input_size_, outputs_;
  ReadOut read_out_;
  SequenceReaderOptions options_;
};
TORCH_MODULE(SequenceReader);

/// A TorchScript module, in evaluation mode, with the parameters under their own names and the methods
///   `forward(x [B, T, D], lengths: Optional[Tensor] = None)`, as above
///   `step(x [B, D], state: Optional[List[Tensor]] = None) -> ([B, outputs], state)`: a stream, one row at a time
torch::jit::Module sequence_reader_to_torchscript(const SequenceReaderImpl& reader);

}  // namespace recur
