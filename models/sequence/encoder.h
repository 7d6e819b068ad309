// A recurrent network that reads a sentence.
#pragma once

#include <cstdint>
#include <tuple>

#include <torch/csrc/jit/api/module.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/embedding.h>
#include <torch/nn/pimpl.h>

#include "core/options.h"
#include "models/sequence/recurrent.h"

namespace recur {

struct EncoderOptions {
  int64_t embedding_size = 128;
  double embedding_std = 0.1;
  double dropout = 0.3;
  bool reverse = false;
  RecurrentOptions recurrent = {.hidden_size = 128, .bidirectional = true};

  static constexpr auto fields() {
    using O = EncoderOptions;
    return std::tuple{
        field("embedding_size", &O::embedding_size, "columns of the token vectors", at_least(1)),
        field("embedding_std", &O::embedding_std, "standard deviation of the token vectors at first", more_than(0.0)),
        field("dropout", &O::dropout, "dropout on token vectors", fraction()),
        field("reverse", &O::reverse, "read every sentence from its end (Sutskever et al. 2014, 3.3)"),
        field("recurrent", &O::recurrent, "the layers that read"),
    };
  }
};

/// Token vectors and recurrent layers.  A sentence costs what its own tokens cost; nothing is read behind its end.
class EncoderImpl : public torch::nn::Cloneable<EncoderImpl> {
 public:
  /// `shared`: token vectors that belong to another module; null: its own.
  EncoderImpl(int64_t vocabulary_size, EncoderOptions options, torch::nn::Embedding shared = nullptr);

  void reset() override;

  /// @param tokens   [B, T] int64
  /// @param lengths  [B] int64 on the CPU, 1..T
  /// @returns  of each token, in the order read; zero behind a sentence's end
  RecurrentOutput forward(const torch::Tensor& tokens, const torch::Tensor& lengths);

  /// h of the top layer at the end of each direction, side by side: [B, S*H].
  torch::Tensor last(const RecurrentOutput& read) const;

  const EncoderOptions& options() const { return options_; }
  int64_t vocabulary_size() const { return vocabulary_size_; }
  int64_t output_size() const { return recurrent->output_size(); }

  torch::nn::Embedding embedding = nullptr;
  Recurrent recurrent = nullptr;

 private:
  int64_t vocabulary_size_;
  EncoderOptions options_;
  torch::nn::Embedding shared_;
};
TORCH_MODULE(Encoder);

/// Each row's tokens from its last to its first, what stands behind its end as it was.  [B, T] both.
torch::Tensor reverse_each(const torch::Tensor& tokens, const torch::Tensor& lengths);

/// `forward(tokens, lengths) -> (output [B, T, S*H], state)` and `last(state) -> [B, S*H]`.
torch::jit::Module encoder_to_torchscript(const EncoderImpl& encoder);

}  // namespace recur
