// What a table of shapes does not show: sequences of unlike lengths, a step at a time, a cell that torch does not have.
#pragma once

#include <string>
#include <tuple>
#include <vector>

#include <ATen/ops/randint.h>
#include <torch/nn/modules/rnn.h>
#include <torch/nn/utils/rnn.h>

#include <fmt/format.h>

#include "bench/recurrent_race.h"
#include "models/sequence/recurrent.h"

namespace recur {

/// Sequences of unlike lengths, both directions, against torch's packed sequences.
inline Row measure_ragged(const Settings& settings) {
  constexpr int64_t T = 60, B = 64, I = 300, H = 256;
  constexpr double kFill = 0.58;  // of T, on average
  torch::manual_seed(1);
  auto lengths = at::randint(1, T + 1, {B}, torch::kInt64);
  lengths[0] = T;
  while (lengths.sum().item<int64_t>() < static_cast<int64_t>(kFill * T * B)) lengths.add_(1).clamp_max_(T);
  const auto x = settings.random({T, B, I});
  auto ours = settings.there(Recurrent(
      I, RecurrentOptions{.hidden_size = H, .bidirectional = true, .engine = settings.engine}, Layout::kTimeMajor));
  auto theirs = settings.theirs(torch::nn::LSTM(torch::nn::LSTMOptions(I, H).bidirectional(true)));
  const auto x_theirs = settings.for_theirs(x);
  const auto train_ours = [&] {
    pass(x, ours->parameters(), true, [&](const torch::Tensor& in) { return ours->forward(in, lengths).output; });
  };
  const auto train_theirs = [&] {
    pass(x_theirs, theirs->parameters(), true, [&](const torch::Tensor& in) {
      const auto packed = torch::nn::utils::rnn::pack_padded_sequence(in, lengths, false, /*enforce_sorted=*/false);
      const auto output = std::get<0>(theirs->forward_with_packed_input(packed));
      return std::get<0>(torch::nn::utils::rnn::pad_packed_sequence(output));
    });
  };
  const auto [ours_ms, torch_ms] = race(settings.seconds, settings.ours(train_ours), train_theirs);
  const double fill = lengths.sum().item<double>() / (T * B);
  return {
      {"what", fmt::format("ragged (fill {:.2f}), bidirectional LSTM, train, T {} B {} I {} H {}", fill, T, B, I, H)},
      {"against", "torch::nn::LSTM with pack_padded_sequence"},
      {"ours_ms", ours_ms},
      {"other_ms", torch_ms}};
}

/// One sequence, a step at a time.
inline Row measure_streaming(const Settings& settings) {
  constexpr int64_t I = 128, H = 256, kSteps = 100;
  const auto x = settings.random({1, 1, I});
  auto ours =
      settings.there(Recurrent(I, RecurrentOptions{.hidden_size = H, .engine = settings.engine}, Layout::kTimeMajor));
  auto theirs = settings.theirs(torch::nn::LSTM(torch::nn::LSTMOptions(I, H)));
  const auto x_theirs = settings.for_theirs(x);
  const torch::NoGradGuard no_grad;
  const auto step_ours = [&] {
    std::vector<torch::Tensor> state;
    for (int64_t step = 0; step < kSteps; ++step) state = ours->forward(x, {}, state).state;
  };
  const auto step_theirs = [&] {
    torch::optional<std::tuple<torch::Tensor, torch::Tensor>> state;
    for (int64_t step = 0; step < kSteps; ++step) state = std::get<1>(theirs->forward(x_theirs, state));
  };
  const auto [ours_ms, torch_ms] = race(settings.seconds, settings.ours(step_ours), step_theirs);
  return {{"what", fmt::format("streaming LSTM, one sequence, a step, I {} H {}", I, H)},
          {"against", "torch::nn::LSTM called per step"},
          {"ours_ms", ours_ms / kSteps},
          {"other_ms", torch_ms / kSteps}};
}

/// Trains a layer of ours on `x`, again and again.
inline std::function<void()> training(const Settings& settings, const RecurrentOptions& options,
                                      const torch::Tensor& x) {
  const auto layer = settings.there(Recurrent(x.size(2), options, Layout::kTimeMajor));
  return settings.ours([=] {
    pass(x, layer->parameters(), true, [&](const torch::Tensor& in) { return Recurrent(layer)->forward(in).output; });
  });
}

/// A cell that torch does not have, against another of ours, or itself by another engine.
inline Row measure_cells(const Settings& settings, RecurrentOptions cell, RecurrentOptions other) {
  constexpr int64_t T = 50, B = 32, H = 256;
  const auto x = settings.random({T, B, H});
  cell.hidden_size = other.hidden_size = H;
  const auto [ours, peer] = race(settings.seconds, training(settings, cell, x), training(settings, other, x));
  return {{"what", fmt::format("{}, train, T {} B {} I {} H {}", cell.cell, T, B, H, H)},
          {"against", fmt::format("ours: {}, engine {}", other.cell, other.engine)},
          {"ours_ms", ours},
          {"other_ms", peer}};
}

/// Our LSTM's products by bf16 against the same in f32.
inline Row measure_bf16(int64_t T, int64_t B, int64_t I, int64_t H, const Settings& settings) {
  const auto x = settings.random({T, B, I});
  const RecurrentOptions options{.hidden_size = H, .engine = settings.engine};
  auto lower = settings, plain = settings;
  lower.bf16 = true;
  plain.bf16 = false;
  const auto [bf16, f32] = race(settings.seconds, training(lower, options, x), training(plain, options, x));
  return {{"what", fmt::format("LSTM by bf16, train, T {} B {} I {} H {}", T, B, I, H)},
          {"against", "f32, ours too"},
          {"ours_ms", bf16},
          {"other_ms", f32}};
}

}  // namespace recur
