#include "models/heads/writing.h"

#include <algorithm>

#include <ATen/ops/log_softmax.h>
#include <ATen/ops/zeros.h>

#include "core/special_tokens.h"
#include "models/engine/cross_entropy.h"

namespace recur {

double TeachingOptions::sampled_share(int64_t epoch) const {
  return scheduled_sampling *
         std::min(1.0, static_cast<double>(epoch) / static_cast<double>(scheduled_sampling_epochs));
}

torch::Tensor token_cross_entropy(const Decoded& decoded, const TaughtSentences& sentences, double label_smoothing) {
  const auto targets = decoded.pack(sentences.written.to(decoded.logits.device()));
  return engine::cross_entropy(decoded.logits, targets, label_smoothing);
}

torch::Tensor sentence_log_probabilities(const Decoded& decoded, const TaughtSentences& sentences) {
  const auto written = decoded.pack(sentences.written.to(decoded.logits.device())).unsqueeze(1);
  return decoded.sum_over_steps(at::log_softmax(decoded.logits, 1).gather(1, written)).squeeze(1);
}

Decoding decoding_of(DecoderImpl& decoder, const DecoderStart& start, const SearchOptions& search) {
  Decoding decoding{.step = {}, .state = start.state, .memory = {}, .never = {kUnknownToken}};
  if (start.memory) {
    decoding.memory = start.memory->to_list();
    decoding.covers = search.coverage_penalty > 0;
  }
  if (decoding.covers) {
    const auto& values = start.memory->values;
    const auto& padding = start.memory->padding;
    decoding.state.push_back((padding.defined() ? padding.to(values.scalar_type())
                                                : at::zeros({values.size(0), values.size(1)}, values.options()))
                                 .unsqueeze(0));
  }
  decoding.step = [&decoder, covers = decoding.covers](const torch::Tensor& tokens, std::vector<torch::Tensor>& state,
                                                       const std::vector<torch::Tensor>& memory) {
    torch::Tensor seen;
    if (covers) {
      seen = state.back();
      state.pop_back();
    }
    auto next = decoder.step(tokens, state, memory.empty() ? std::nullopt : std::optional(Memory::from_list(memory)));
    state = std::move(next.state);
    if (covers) state.push_back(seen + next.attention.unsqueeze(0));
    return at::log_softmax(next.logits, 1);
  };
  return decoding;
}

}  // namespace recur
