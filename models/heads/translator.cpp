#include "models/heads/translator.h"

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>

#include <fmt/format.h>

#include "core/error.h"

namespace recur {

TranslatorImpl::TranslatorImpl(int64_t source_vocabulary, int64_t target_vocabulary, TranslatorOptions options)
    : source_vocabulary_(source_vocabulary), target_vocabulary_(target_vocabulary), options_(std::move(options)) {
  if (options_.share_embeddings && source_vocabulary_ != target_vocabulary_) {
    throw ConfigError(fmt::format("share_embeddings: the vocabularies have {} and {} tokens; it takes one for both",
                                  source_vocabulary_, target_vocabulary_));
  }
  reset();
}

void TranslatorImpl::reset() {
  const auto& reads = options_.encoder.recurrent;
  const int64_t C = (reads.bidirectional ? 2 : 1) * reads.hidden_size;
  decoder = register_module("decoder",
                            Decoder(target_vocabulary_, options_.source == "initial_state" ? 0 : C, options_.decoder));
  encoder = register_module("encoder",
                            Encoder(source_vocabulary_, options_.encoder,
                                    options_.share_embeddings ? decoder->embedding : torch::nn::Embedding(nullptr)));
  if (options_.bridge == "linear") {
    initial_state = register_module("initial_state", InitialState(C, *decoder->recurrent));
  }
}

namespace {

/// The states of both directions side by side: [2L, B, H] -> [L, B, 2H].
torch::Tensor join_directions(const torch::Tensor& state, int64_t directions) {
  if (directions == 1) return state;
  const int64_t L = state.size(0) / 2, B = state.size(1);
  return state.view({L, 2, B, -1}).transpose(1, 2).reshape({L, B, -1});
}

}  // namespace

DecoderStart TranslatorImpl::start(const torch::Tensor& tokens, const torch::Tensor& lengths) {
  const auto read = encoder->forward(tokens, lengths);
  const auto last = encoder->last(read);
  DecoderStart start;
  if (options_.bridge == "linear") {
    start.state = initial_state->forward(last);
  } else {
    for (const auto& state : read.state) {
      start.state.push_back(join_directions(state, encoder->recurrent->directions()));
    }
  }
  start.state = decoder->begin(std::move(start.state));
  if (options_.source == "last_state") start.memory = decoder->attention->remember(last.unsqueeze(1));
  if (options_.source == "attention") {
    const auto steps = at::arange(tokens.size(1), tokens.options());
    const auto padding = steps.ge(lengths.to(tokens.device()).unsqueeze(1));
    start.memory = decoder->attention->remember(read.output, padding);
  }
  return start;
}

}  // namespace recur
