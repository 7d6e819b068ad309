#pragma once

#include "models/heads/transcriber.h"
#include "models/sequence/initial_state.h"

namespace recur {

/// Listen, Attend and Spell (Chan et al. 2016): the decoder starts from a linear map of the listener's last h, and
/// looks at all of what was heard at every step.  The strided convolutions stand where the paper has a pyramid of
/// layers.
class AttentionTranscriber : public Transcriber {
 public:
  AttentionTranscriber(int64_t columns, int64_t vocabulary, TranscriberOptions options);

  DecoderStart start(const FrameBatch& batch);

  torch::Tensor loss(const FrameBatch& batch, const TokenTargets& targets, int64_t epoch) override;
  torch::Tensor negative_log_likelihood(const FrameBatch& batch, const TokenTargets& targets) override;
  std::vector<std::vector<Transcript>> transcribe(const FrameBatch& batch, int64_t beam_width,
                                                  PrefixScorer* scorer) override;
  bool fits(int64_t /*frames*/, const std::vector<int64_t>& /*tokens*/) const override { return true; }
  /// `forward(frames, lengths, tokens [B, L]) -> logits [B, L, V]`: teacher forcing.
  torch::jit::Module to_torchscript() const override;
  AcousticEncoder listener() const override { return encoder; }

  AcousticEncoder encoder = nullptr;
  InitialState initial_state = nullptr;
  Decoder decoder = nullptr;
};

/// Transcripts as a decoder is taught by them.
TaughtSentences taught(const TokenTargets& targets);

}  // namespace recur
