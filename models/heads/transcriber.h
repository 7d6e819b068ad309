// The transcriber: what is said, letter by letter.  Two kinds, behind one interface: CTC (ctc_transcriber.h) and an
// attention decoder (attention_transcriber.h).
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include <torch/csrc/jit/api/module.h>
#include <torch/nn/module.h>

#include "core/options.h"
#include "models/heads/writing.h"
#include "models/search/ctc.h"
#include "models/search/search.h"
#include "models/sequence/acoustic_encoder.h"
#include "models/sequence/decoder.h"

namespace recur {

struct TranscriberOptions {
  AcousticEncoderOptions encoder = {};
  std::string writes = "ctc";
  CtcSearchOptions ctc = {};
  DecoderOptions decoder = {};
  TeachingOptions loss = {};
  SearchOptions search = {.max_length = 200};

  static constexpr auto fields() {
    using O = TranscriberOptions;
    return std::tuple{
        field("encoder", &O::encoder, "the network that listens"),
        field("writes", &O::writes,
              "ctc: a token or nothing at every step (Graves et al. 2006); attention: a network that writes and looks "
              "at what was heard (Chan et al. 2016, Listen, Attend and Spell)",
              one_of("ctc", "attention")),
        field("ctc", &O::ctc, "ctc: how a transcript is searched for"),
        field("decoder", &O::decoder, "attention: the network that writes"),
        field("loss", &O::loss, "attention: what training minimises"),
        field("search", &O::search, "attention: how a transcript is searched for"),
    };
  }
};

/// Feature frames of B utterances.
struct FrameBatch {
  torch::Tensor frames;   ///< [B, T, D]; what stands behind an utterance's end does not matter
  torch::Tensor lengths;  ///< [B] int64 on the CPU, 1..T
};

/// What is to be written of them.
struct TokenTargets {
  torch::Tensor tokens;   ///< [B, L] int64 on the CPU, above 0; 0 behind a transcript's end
  torch::Tensor lengths;  ///< [B] int64 on the CPU, 1..L
};

struct Transcript {
  std::vector<int64_t> tokens;
  double log_probability = 0;
  std::vector<CtcSpan> spans;  ///< CTC: of each token of the best transcript, in steps of the encoder
};

class Transcriber : public torch::nn::Module {
 public:
  /// Mean over utterances of -log p(transcript), each divided by its tokens (as torch::nn::CTCLoss has it), or over all
  /// tokens (attention).  `epoch`, from 0, is for what grows in training.
  virtual torch::Tensor loss(const FrameBatch& batch, const TokenTargets& targets, int64_t epoch) = 0;

  /// -log p(transcript) of each, [B] on the CPU; infinite where an utterance is too short for its transcript.
  virtual torch::Tensor negative_log_likelihood(const FrameBatch& batch, const TokenTargets& targets) = 0;

  /// The likeliest transcripts of each, the best first.  `scorer` (CTC with a beam): a language model over the same
  /// tokens, or null.
  virtual std::vector<std::vector<Transcript>> transcribe(const FrameBatch& batch, int64_t beam_width,
                                                          PrefixScorer* scorer = nullptr) = 0;

  /// Whether so many frames can hold a transcript.
  virtual bool fits(int64_t frames, const std::vector<int64_t>& tokens) const = 0;

  /// As a module with `forward` (see the two kinds) and `write(frames [1, T, D], beam_width: int) -> (List[int],
  /// float)`.
  virtual torch::jit::Module to_torchscript() const = 0;

  virtual AcousticEncoder listener() const = 0;
  const TranscriberOptions& options() const { return options_; }
  /// What the config's own search keeps in sight.
  int64_t beam_width() const { return is_ctc() ? options_.ctc.beam_width : options_.search.beam_width; }
  bool is_ctc() const { return options_.writes == "ctc"; }

 protected:
  explicit Transcriber(TranscriberOptions options) : options_(std::move(options)) {}

  TranscriberOptions options_;
};

/// @param columns     of a frame
/// @param vocabulary  tokens, the blank (0, which is also the boundary) among them
/// @param options     CTC or attention
std::shared_ptr<Transcriber> make_transcriber(int64_t columns, int64_t vocabulary, const TranscriberOptions& options);

}  // namespace recur
