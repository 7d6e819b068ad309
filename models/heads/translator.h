// The translator: a sentence in, a sentence out.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>

#include <torch/nn/cloneable.h>
#include <torch/nn/pimpl.h>

#include "core/options.h"
#include "models/heads/writing.h"
#include "models/search/search.h"
#include "models/sequence/decoder.h"
#include "models/sequence/encoder.h"
#include "models/sequence/initial_state.h"

namespace recur {

struct TranslatorOptions {
  EncoderOptions encoder = {};
  std::string source = "attention";
  std::string bridge = "linear";
  DecoderOptions decoder = {};
  bool share_embeddings = false;
  TeachingOptions loss = {};
  SearchOptions search = {.max_length = 100};

  static constexpr auto fields() {
    using O = TranslatorOptions;
    return std::tuple{
        field("encoder", &O::encoder, "the network that reads"),
        field("source", &O::source,
              "how the decoder sees the source beside its initial state: not at all (Sutskever et al. 2014), as the "
              "encoder's last state at every step (Cho et al. 2014), or through attention over all of the encoder's "
              "states (Bahdanau et al. 2015)",
              one_of("initial_state", "last_state", "attention")),
        field("bridge", &O::bridge,
              "the decoder's initial state: a linear map of the encoder's last h and tanh; or a copy of the encoder's "
              "own last states, where cell and sizes are the same",
              one_of("linear", "copy")),
        field("decoder", &O::decoder, "the network that writes"),
        field("share_embeddings", &O::share_embeddings,
              "one table of token vectors for both languages, which then have one vocabulary"),
        field("loss", &O::loss, "what training minimises"),
        field("search", &O::search, "how translations are written"),
    };
  }
  void check(ConfigCheck& check) const {
    check.require(!share_embeddings || encoder.embedding_size == decoder.embedding_size, "share_embeddings",
                  "encoder.embedding_size and decoder.embedding_size must be the same");
    const auto& reads = encoder.recurrent;
    const auto& writes = decoder.recurrent;
    const int64_t directions = reads.bidirectional ? 2 : 1;
    check.require(bridge != "copy" || (reads.cell == writes.cell && reads.num_layers == writes.num_layers &&
                                       directions * reads.hidden_size == writes.hidden_size),
                  "bridge",
                  "copy needs the same cell and num_layers on both sides, and as many units in the decoder as in all "
                  "directions of the encoder");
  }
};

/// Many-to-many of different lengths: recurrent encoder, recurrent decoder.  The unknown token is read, and never
/// written.
///   source: initial_state   s_0 = bridge(encoder's end); nothing more is seen
///   source: last_state      and at every step the encoder's last h: a memory of one place
///   source: attention       and at every step a mean of the encoder's outputs; its padding is never looked at
class TranslatorImpl : public torch::nn::Cloneable<TranslatorImpl> {
 public:
  /// @throws ConfigError for options or sizes that do not go together
  TranslatorImpl(int64_t source_vocabulary, int64_t target_vocabulary, TranslatorOptions options);

  void reset() override;

  /// Reads.  @param tokens  [B, T] int64;  @param lengths  [B] int64 on the CPU, 1..T
  DecoderStart start(const torch::Tensor& tokens, const torch::Tensor& lengths);
  /// Teacher forcing; see DecoderImpl::forward.
  Decoded forward(const DecoderStart& start, const torch::Tensor& tokens, const torch::Tensor& lengths,
                  double sampled_share = 0) {
    return decoder->forward(tokens, lengths, start.state, start.memory, sampled_share);
  }
  /// The decoder as a search wants it.  Refers to this module.
  Decoding decoding(const DecoderStart& start) { return decoding_of(*decoder, start, options_.search); }

  const TranslatorOptions& options() const { return options_; }
  bool has_attention() const { return options_.source == "attention"; }

  Encoder encoder = nullptr;
  InitialState initial_state = nullptr;  ///< bridge: linear
  Decoder decoder = nullptr;

 private:
  int64_t source_vocabulary_, target_vocabulary_;
  TranslatorOptions options_;
};
TORCH_MODULE(Translator);

}  // namespace recur
