#include "models/heads/language_model.h"

#include <ATen/ops/log_softmax.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <torch/nn/init.h>

#include "core/error.h"
#include "core/special_tokens.h"

namespace recur {
namespace {

/// The decoder that it is: nothing to look at.
DecoderOptions decoder_options(const LanguageModelOptions& options) {
  const bool maps = options.tie_embeddings && options.recurrent.hidden_size != options.embedding_size;
  return {.embedding_size = options.embedding_size,
          .recurrent = options.recurrent,
          .output = maps ? "tanh" : "plain",
          .tie_embeddings = options.tie_embeddings,
          .dropout = options.dropout,
          .word_dropout = options.word_dropout};
}

}  // namespace

LanguageModelImpl::LanguageModelImpl(int64_t vocabulary_size, LanguageModelOptions options)
    : vocabulary_size_(vocabulary_size), options_(std::move(options)) {
  reset();
}

void LanguageModelImpl::reset() {
  decoder = register_module("decoder", Decoder(vocabulary_size_, 0, decoder_options(options_)));
  if (options_.initial_range == 0) return;
  torch::NoGradGuard no_grad;
  for (auto& parameter : decoder->parameters()) {
    torch::nn::init::uniform_(parameter, -options_.initial_range, options_.initial_range);
  }
}

std::vector<torch::Tensor> LanguageModelImpl::begin(int64_t B) const {
  const auto& layers = options_.recurrent;
  std::vector<torch::Tensor> state;
  for (size_t s = 0; s < decoder->recurrent->cell().states.size(); ++s) {
    state.push_back(at::zeros({layers.num_layers, B, layers.hidden_size}, decoder->embedding->weight.options()));
  }
  return state;
}

Decoding LanguageModelImpl::decoding(const std::vector<int64_t>& prompt) {
  if (prompt.empty()) throw ShapeError("language model: a text goes on from one token at least");
  torch::NoGradGuard no_grad;
  auto state = begin(1);
  if (prompt.size() > 1) {
    const auto device = decoder->embedding->weight.device();
    const auto read = at::tensor(at::ArrayRef(prompt).slice(0, prompt.size() - 1), torch::kInt64).to(device);
    state = decoder->go_on(read.unsqueeze(0), state).state;
  }
  auto decoding = decoding_of(*decoder, {.state = std::move(state)}, {});
  decoding.first = {prompt.back()};
  decoding.ends = false;
  return decoding;
}

}  // namespace recur
