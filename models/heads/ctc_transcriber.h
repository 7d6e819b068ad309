#pragma once

#include <torch/nn/modules/linear.h>

#include "models/heads/transcriber.h"

namespace recur {

/// log p(k at step t) = log_softmax(W h_t + b), k = 0 the blank; the transcripts' probability is summed over all their
/// alignments (Graves et al. 2006, eq. 3-8).
class CtcTranscriber : public Transcriber {
 public:
  CtcTranscriber(int64_t columns, int64_t vocabulary, TranscriberOptions options);

  /// [B, T', V], and T' of each.
  struct Steps {
    torch::Tensor log_probabilities;
    torch::Tensor lengths;
  };
  Steps forward(const FrameBatch& batch);
  /// What a step of the encoder says.  @param output  [..., S*H]  @returns  [..., V]
  torch::Tensor read_out(const torch::Tensor& output);

  torch::Tensor loss(const FrameBatch& batch, const TokenTargets& targets, int64_t epoch) override;
  torch::Tensor negative_log_likelihood(const FrameBatch& batch, const TokenTargets& targets) override;
  std::vector<std::vector<Transcript>> transcribe(const FrameBatch& batch, int64_t beam_width,
                                                  PrefixScorer* scorer) override;
  bool fits(int64_t frames, const std::vector<int64_t>& tokens) const override;
  /// `forward(frames [B, T, D], lengths) -> (log-probabilities [B, T', V], lengths)`.
  torch::jit::Module to_torchscript() const override;
  AcousticEncoder listener() const override { return encoder; }

  AcousticEncoder encoder = nullptr;
  torch::nn::Linear readout = nullptr;
};

}  // namespace recur
