#include "models/heads/classifier.h"

#include <ATen/ops/rand.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "core/random.h"
#include "core/special_tokens.h"
#include "models/sequence/dropout.h"

namespace recur {

ClassifierImpl::ClassifierImpl(int64_t vocabulary_size, int64_t classes, ClassifierOptions options)
    : vocabulary_size_(vocabulary_size), classes_(classes), options_(std::move(options)) {
  reset();
}

void ClassifierImpl::reset() {
  embedding = register_module(
      "embedding", torch::nn::Embedding(
                       torch::nn::EmbeddingOptions(vocabulary_size_, options_.embedding_size).padding_idx(kPadToken)));
  {
    torch::NoGradGuard no_grad;
    embedding->weight.mul_(options_.embedding_std);
  }
  recurrent = register_module("recurrent", Recurrent(options_.embedding_size, options_.recurrent));
  pooling = register_module("pooling", Pooling(recurrent->output_size(), options_.pooling));
  readout = register_module("readout", torch::nn::Linear(pooling->output_size(), classes_));
}

torch::Tensor ClassifierImpl::embed(const torch::Tensor& tokens) {
  auto kept = tokens;
  if (options_.word_dropout > 0 && is_training()) {
    const auto dropped = at::rand(tokens.sizes(), random_generator(tokens.device()), embedding->weight.options())
                             .lt(options_.word_dropout);
    kept = tokens.masked_fill(dropped.logical_and(tokens.ne(kPadToken)), kUnknownToken);
  }
  const auto x = embedding->forward(kept);
  const double rate = options_.embedding_dropout;
  return options_.recurrent.variational_dropout ? variational_dropout(x, rate, is_training())
                                                : elementwise_dropout(x, rate, is_training());
}

Classification ClassifierImpl::forward(const torch::Tensor& tokens, const torch::Tensor& lengths) {
  if (tokens.dim() != 2 || lengths.dim() != 1 || lengths.size(0) != tokens.size(0)) {
    throw ShapeError(fmt::format("Classifier: expected tokens [B, T] and lengths [B], got [{}] and [{}]",
                                 fmt::join(tokens.sizes().vec(), ", "), fmt::join(lengths.sizes().vec(), ", ")));
  }
  const auto pooled = pooling->forward(recurrent->forward(embed(tokens), lengths), lengths);
  return {.logits = readout->forward(elementwise_dropout(pooled.vector, options_.dropout, is_training())),
          .attention = pooled.weights};
}

}  // namespace recur
