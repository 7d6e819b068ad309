// A small decoder, and sentences for it to read and write.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>

#include "models/sequence/decoder.h"

namespace recur {

inline constexpr int64_t V = 9, C = 3, L = 5, B = 4, T = 6;

inline DecoderOptions small_decoder(const std::string& cell = "lstm", int64_t layers = 2) {
  return {.embedding_size = 4,
          .recurrent = {.cell = cell, .hidden_size = 5, .num_layers = layers},
          .attention_size = 6,
          .output = "tanh",
          .dropout = 0};
}

inline Decoder make_decoder(const DecoderOptions& options, bool with_attention) {
  torch::manual_seed(5);
  Decoder decoder(V, with_attention ? C : 0, options);
  decoder->to(torch::kFloat64);
  decoder->eval();
  return decoder;
}

/// Sentences of different lengths, where they start, and what they look at.
struct DecoderCase {
  torch::Tensor tokens = at::randint(0, V, {B, T}, torch::kInt64);
  torch::Tensor lengths = torch::tensor({3, 6, 1, 4});
  std::vector<torch::Tensor> state;
  std::optional<Memory> memory;

  DecoderCase(DecoderImpl& decoder, const DecoderOptions& options) {
    torch::manual_seed(8);
    for (size_t s = 0; s < decoder.recurrent->cell().states.size(); ++s) {
      state.push_back(at::randn({options.recurrent.num_layers, B, 5}, torch::kFloat64));
    }
    state = decoder.begin(state);
    if (decoder.feeds_input()) state.back().normal_();  // as in the midst of a sentence
    if (decoder.has_attention()) memory = decoder.attention->remember(at::randn({B, L, C}, torch::kFloat64));
  }

  std::vector<torch::Tensor> state_of(int64_t b) const {
    std::vector<torch::Tensor> one;
    for (const auto& s : state) one.push_back(s.narrow(1, b, 1));
    return one;
  }
  std::optional<Memory> memory_of(int64_t b) const {
    return memory ? std::optional(memory->select(torch::tensor({b}))) : std::nullopt;
  }
};

/// Logits [B, T, V], zero behind a sentence's end.
inline torch::Tensor padded(const Decoded& decoded, const torch::Tensor& values) {
  return decoded.packing.unpack(values).transpose(0, 1);
}

/// Without attention, and with it in all orders.
inline const std::vector<std::string> kWays = {"without", "before", "after", "after, fed"};

inline void set_way(DecoderOptions& options, const std::string& way) {
  options.attend = way == "before" ? "before" : "after";
  options.input_feeding = way == "after, fed";
}

}  // namespace recur
