// The language model: what comes next.
#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include <torch/nn/cloneable.h>
#include <torch/nn/pimpl.h>

#include "core/options.h"
#include "models/heads/writing.h"
#include "models/search/search.h"
#include "models/sequence/decoder.h"

namespace recur {

struct LanguageModelOptions {
  int64_t embedding_size = 128;
  RecurrentOptions recurrent = {.hidden_size = 256};
  double dropout = 0.0;
  double word_dropout = 0.0;
  bool tie_embeddings = false;
  double initial_range = 0.0;

  static constexpr auto fields() {
    using O = LanguageModelOptions;
    return std::tuple{
        field("embedding_size", &O::embedding_size, "columns of the token vectors", at_least(1)),
        field("recurrent", &O::recurrent, "the layers; one direction"),
        field("dropout", &O::dropout,
              "dropout on token vectors and on the top layer's h, not on what goes from step to step (Zaremba et al. "
              "2014)",
              fraction()),
        field("word_dropout", &O::word_dropout, "share of the tokens read in training that are made unknown",
              fraction()),
        field("tie_embeddings", &O::tie_embeddings,
              "the logits' weights are the token vectors (Press & Wolf 2017; Inan et al. 2017); where h has other "
              "columns, a linear map and tanh lie between"),
        field("initial_range", &O::initial_range,
              "all weights start uniform in +- this, as in Zaremba et al. 2014; 0: as each layer has it",
              at_least(0.0)),
    };
  }
  void check(ConfigCheck& check) const {
    check.require(!recurrent.bidirectional, "recurrent.bidirectional", "a network that writes reads one way only");
  }
};

/// Many-to-many of the same length: at every token, what the next one is.  A decoder that looks at nothing but itself.
class LanguageModelImpl : public torch::nn::Cloneable<LanguageModelImpl> {
 public:
  LanguageModelImpl(int64_t vocabulary_size, LanguageModelOptions options);

  void reset() override;

  /// The state of B streams before their first token: zeros.
  std::vector<torch::Tensor> begin(int64_t B) const;

  /// @param tokens  [B, T] int64;  @param state  begin()'s, or that of the tokens before
  DecodedStream forward(const torch::Tensor& tokens, const std::vector<torch::Tensor>& state) {
    return decoder->go_on(tokens, state);
  }

  /// What a search goes on from: a text that has been read.  Refers to this module.
  /// @param prompt  one token at least
  Decoding decoding(const std::vector<int64_t>& prompt);

  const LanguageModelOptions& options() const { return options_; }

  Decoder decoder = nullptr;

 private:
  int64_t vocabulary_size_;
  LanguageModelOptions options_;
};
TORCH_MODULE(LanguageModel);

}  // namespace recur
