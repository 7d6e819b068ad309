#include "models/heads/captioner.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

namespace recur {
namespace {

/// -1 to 1 in even steps; 0 for a single one.
torch::Tensor places(int64_t count, const torch::Tensor& like) {
  return count == 1 ? at::zeros({1}, like.options()) : at::linspace(-1, 1, count, like.options());
}

}  // namespace

torch::Tensor grid_regions(const torch::Tensor& features, bool with_coordinates) {
  const int64_t B = features.size(0), h = features.size(2), w = features.size(3);
  auto regions = features.flatten(2).transpose(1, 2).contiguous();
  if (!with_coordinates) return regions;
  const auto rows = places(h, features).view({h, 1}).expand({h, w}), columns = places(w, features).expand({h, w});
  return at::cat({regions, at::stack({rows, columns}, 2).view({1, h * w, 2}).expand({B, -1, -1})}, 2);
}

CaptionerImpl::CaptionerImpl(int64_t vocabulary_size, CaptionerOptions options)
    : vocabulary_size_(vocabulary_size), options_(std::move(options)) {
  reset();
}

void CaptionerImpl::reset() {
  encoder = register_module("encoder", ImageEncoder(options_.encoder));
  const int64_t C = encoder->channels(), seen = C + (options_.region_coordinates ? 2 : 0);
  decoder = register_module("decoder", Decoder(vocabulary_size_, has_attention() ? seen : 0, options_.decoder));
  if (options_.image == "first_input") {
    image_input = register_module("image_input", torch::nn::Linear(C, options_.decoder.embedding_size));
    return;
  }
  initial_state = register_module("initial_state", InitialState(C, *decoder->recurrent));
}

DecoderStart CaptionerImpl::start(const torch::Tensor& features) {
  const auto mean = features.mean({2, 3});  // [B, C]
  DecoderStart start;
  if (options_.image == "first_input") {
    start.state = decoder->begin(decoder->recurrent->forward(image_input->forward(mean).unsqueeze(1)).state);
    return start;
  }
  start.state = decoder->begin(initial_state->forward(mean));
  if (has_attention()) start.memory = decoder->attention->remember(grid_regions(features, options_.region_coordinates));
  return start;
}

torch::Tensor caption_loss(const Decoded& decoded, const TaughtSentences& captions, const CaptionerOptions& options) {
  auto loss = token_cross_entropy(decoded, captions, options.loss.label_smoothing);
  if (decoded.attention.defined() && options.doubly_stochastic > 0) {
    loss = loss + options.doubly_stochastic * (1 - decoded.sum_over_steps(decoded.attention)).square().mean();
  }
  return loss;
}

}  // namespace recur
