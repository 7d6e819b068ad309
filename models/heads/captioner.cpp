#include "models/heads/captioner.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

#include <fmt/format.h>

#include "core/special_tokens.h"

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

CaptionStart CaptionStart::select(const torch::Tensor& index) const {
  CaptionStart selected;
  for (const auto& s : state) selected.state.push_back(s.index_select(1, index));
  if (memory) selected.memory = memory->select(index);
  return selected;
}

CaptionerImpl::CaptionerImpl(int64_t vocabulary_size, CaptionerOptions options)
    : vocabulary_size_(vocabulary_size), options_(std::move(options)) {
  reset();
}

void CaptionerImpl::reset() {
  encoder = register_module("encoder", ImageEncoder(options_.encoder));
  const int64_t C = encoder->channels(), seen = C + (options_.region_coordinates ? 2 : 0);
  decoder = register_module("decoder", Decoder(vocabulary_size_, has_attention() ? seen : 0, options_.decoder));
  initial_state.clear();
  if (options_.image == "first_input") {
    image_input = register_module("image_input", torch::nn::Linear(C, options_.decoder.embedding_size));
    return;
  }
  const auto& layers = options_.decoder.recurrent;
  for (const auto& state : decoder->recurrent->cell().states) {
    initial_state.push_back(
        register_module("initial_" + state, torch::nn::Linear(C, layers.num_layers * layers.hidden_size)));
  }
}

CaptionStart CaptionerImpl::start(const torch::Tensor& features) {
  const auto mean = features.mean({2, 3});  // [B, C]
  CaptionStart start;
  if (options_.image == "first_input") {
    start.state = decoder->begin(decoder->recurrent->forward(image_input->forward(mean).unsqueeze(1)).state);
    return start;
  }
  const int64_t B = mean.size(0), L = options_.decoder.recurrent.num_layers;
  for (auto& map : initial_state) start.state.push_back(map->forward(mean).tanh().view({B, L, -1}).transpose(0, 1));
  start.state = decoder->begin(std::move(start.state));
  if (has_attention()) start.memory = decoder->attention->remember(grid_regions(features, options_.region_coordinates));
  return start;
}

Decoding CaptionerImpl::decoding(const CaptionStart& start) {
  Decoding decoding{.step = {}, .state = start.state, .memory = {}, .never = {kUnknownToken}};
  if (start.memory) decoding.memory = {start.memory->values, start.memory->keys};
  decoding.step = [this](const torch::Tensor& tokens, std::vector<torch::Tensor>& state,
                         const std::vector<torch::Tensor>& memory) {
    const auto seen =
        memory.empty() ? std::nullopt : std::optional(Memory{.values = memory.at(0), .keys = memory.at(1)});
    auto next = decoder->step(tokens, state, seen);
    state = std::move(next.state);
    return at::log_softmax(next.logits, 1);
  };
  return decoding;
}

torch::Tensor caption_loss(const Decoded& decoded, const CaptionTokens& tokens, const CaptionLossOptions& options) {
  constexpr int64_t kIgnoreNothing = -100;
  const auto targets = decoded.pack(tokens.written.to(decoded.logits.device()));
  auto loss =
      at::cross_entropy_loss(decoded.logits, targets, {}, at::Reduction::Mean, kIgnoreNothing, options.label_smoothing);
  if (decoded.attention.defined() && options.doubly_stochastic > 0) {
    loss = loss + options.doubly_stochastic * (1 - decoded.sum_over_steps(decoded.attention)).square().mean();
  }
  return loss;
}

torch::Tensor sentence_log_probabilities(const Decoded& decoded, const CaptionTokens& tokens) {
  const auto written = decoded.pack(tokens.written.to(decoded.logits.device())).unsqueeze(1);
  return decoded.sum_over_steps(at::log_softmax(decoded.logits, 1).gather(1, written)).squeeze(1);
}

}  // namespace recur
