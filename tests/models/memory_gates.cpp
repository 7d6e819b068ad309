// How gates start that keep a state: forget_bias and chrono_steps.
#include <cmath>

#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include <gtest/gtest.h>

#include "core/error.h"
#include "core/options.h"
#include "models/sequence/recurrent.h"

namespace recur::this_file {
namespace {

using torch::Tensor;

constexpr int64_t H = 400;

/// b + c of a gate, by its number in the packed weights.
Tensor bias_of(const Recurrent& recurrent, int64_t gate, const std::string& suffix) {
  auto p = recurrent->named_parameters();
  return (p["bias_ih" + suffix] + p["bias_hh" + suffix]).narrow(0, gate * H, H);
}

TEST(MemoryGates, StartWithTheForgetBiasAndLeaveTheOthersAlone) {
  torch::manual_seed(1);
  const Recurrent plain(3, RecurrentOptions{.cell = "lstm", .hidden_size = H});
  torch::manual_seed(1);
  const Recurrent opened(
      3, RecurrentOptions{.cell = "lstm", .hidden_size = H, .num_layers = 2, .bidirectional = true, .forget_bias = 1});
  for (const std::string suffix : {"_l0", "_l0_reverse", "_l1", "_l1_reverse"}) {
    EXPECT_TRUE(bias_of(opened, 1, suffix).eq(1).all().item<bool>()) << suffix;
  }
  for (const int64_t gate : {0, 2, 3}) EXPECT_TRUE(bias_of(opened, gate, "_l0").equal(bias_of(plain, gate, "_l0")));
  const Recurrent gru(3, RecurrentOptions{.cell = "gru", .hidden_size = H, .forget_bias = 2});
  EXPECT_TRUE(bias_of(gru, 1, "_l0").eq(2).all().item<bool>());  // z keeps
  const Recurrent mgu(3, RecurrentOptions{.cell = "mgu", .hidden_size = H, .forget_bias = 2});
  EXPECT_TRUE(bias_of(mgu, 0, "_l0").eq(-2).all().item<bool>());  // f overwrites
}

TEST(MemoryGates, KeepAStateForOneStepToAsManyAsChronoSays) {
  torch::manual_seed(1);
  const Recurrent lstm(3, RecurrentOptions{.cell = "lstm", .hidden_size = H, .chrono_steps = 101});
  const auto forget = bias_of(lstm, 1, "_l0"), input = bias_of(lstm, 0, "_l0");
  EXPECT_TRUE(input.equal(-forget));
  const auto steps = forget.exp();  // u ~ U(1, 100)
  EXPECT_GE(steps.min().item<double>(), 1);
  EXPECT_LE(steps.max().item<double>(), 100);
  EXPECT_NEAR(steps.mean().item<double>(), 50.5, 5);
  // 1 / (1 - f) = 1 + u: the steps after which a state has fallen to 1/e.
  EXPECT_TRUE((1 / (1 - forget.sigmoid())).allclose(1 + steps, 1e-3, 1e-3));
}

// What it is for: a state that is written once is still there.
TEST(MemoryGates, MakeAStateLast) {
  torch::NoGradGuard no_grad;
  const auto left_after_50_steps = [](std::optional<double> chrono) {
    torch::manual_seed(2);
    Recurrent gru(1, RecurrentOptions{.cell = "gru", .hidden_size = 64, .chrono_steps = chrono});
    const auto x = at::zeros({1, 50, 1});
    const auto with = gru->forward(x, {}, {at::ones({1, 1, 64})}).output;
    const auto without = gru->forward(x, {}, {at::zeros({1, 1, 64})}).output;
    return (with - without)[0][-1].abs().mean().item<double>();
  };
  EXPECT_LT(left_after_50_steps({}), 1e-3);
  EXPECT_GT(left_after_50_steps(200), 0.2);
}

TEST(MemoryGates, NeedACellThatHasOne) {
  EXPECT_THROW(Recurrent(3, RecurrentOptions{.cell = "rnn", .forget_bias = 1}), ConfigError);
  EXPECT_THROW(Recurrent(3, RecurrentOptions{.cell = "lstm", .bias = false, .forget_bias = 1}), ConfigError);
  EXPECT_THROW(read_options<RecurrentOptions>(parse_config("{cell: rnn, chrono_steps: 100}", "mine.yaml")),
               ConfigError);
  EXPECT_THROW(
      read_options<RecurrentOptions>(parse_config("{cell: lstm, forget_bias: 1, chrono_steps: 100}", "mine.yaml")),
      ConfigError);
}

}  // namespace
}  // namespace recur::this_file
