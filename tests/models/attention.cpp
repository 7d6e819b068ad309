// Attention against its equations, place by place.
#include "models/sequence/attention.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/dot.h>
#include <ATen/ops/full.h>
#include <ATen/ops/mv.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <gtest/gtest.h>

#include "core/error.h"

namespace recur::this_file {
namespace {

using torch::Tensor;

constexpr int64_t B = 3, L = 6, Q = 4, C = 4, A = 5;
const std::vector<std::string> kScores = {"additive", "general", "dot"};

Attention make_attention(const std::string& score) {
  torch::manual_seed(7);
  Attention attention(score, Q, C, A);
  attention->to(torch::kFloat64);
  return attention;
}

Tensor values() {
  torch::manual_seed(8);
  return at::randn({B, L, C}, torch::kFloat64);
}

Tensor queries() {
  torch::manual_seed(9);
  return at::randn({B, Q}, torch::kFloat64);
}

/// Places 4 and 5 of example 1 and all but the first of example 2.
Tensor some_padding() {
  auto padding = at::zeros({B, L}, torch::kBool);
  padding[1].narrow(0, 4, 2).fill_(true);
  padding[2].narrow(0, 1, L - 1).fill_(true);
  return padding;
}

Tensor energy(const AttentionImpl& attention, const Tensor& q, const Tensor& m) {
  auto p = attention.named_parameters();
  if (attention.score() == "dot") return at::dot(q, m);
  if (attention.score() == "general") return at::dot(q, at::mv(p["key.weight"], m));
  return at::dot(p["energy.weight"][0],
                 (at::mv(p["query.weight"], q) + at::mv(p["key.weight"], m) + p["key.bias"]).tanh());
}

TEST(Attention, FollowsItsEquationsAndNeverLooksAtPadding) {
  torch::NoGradGuard no_grad;
  for (const auto& score : kScores) {
    auto attention = make_attention(score);
    const auto m = values(), q = queries(), padding = some_padding();
    const auto got = attention->forward(q, attention->remember(m, padding));
    for (int64_t b = 0; b < B; ++b) {
      double sum = 0;
      auto context = at::zeros({C}, torch::kFloat64);
      for (int64_t i = 0; i < L; ++i) {
        if (padding[b][i].item<bool>()) {
          EXPECT_EQ(got.weights[b][i].item<double>(), 0) << score << b << i;
          continue;
        }
        const double weight = energy(*attention, q[b], m[b][i]).exp().item<double>();
        sum += weight;
        context += weight * m[b][i];
      }
      EXPECT_TRUE(got.context[b].allclose(context / sum, 1e-12, 1e-12)) << score << b;
      EXPECT_NEAR(got.weights[b].sum().item<double>(), 1, 1e-12);
    }
  }
}

TEST(Attention, TakesNoGradientToWhatIsPadding) {
  for (const auto& score : kScores) {
    auto attention = make_attention(score);
    const auto m = values().requires_grad_(true);
    const auto got = attention->forward(queries(), attention->remember(m, some_padding()));
    (got.context.square().sum() + got.weights.square().sum()).backward();
    EXPECT_EQ(m.grad().masked_select(some_padding().unsqueeze(2)).abs().max().item<double>(), 0) << score;
    EXPECT_GT(m.grad()[0].abs().max().item<double>(), 0);
  }
}

TEST(Attention, IsTheSameAsTorchScript) {
  torch::NoGradGuard no_grad;
  for (const auto& score : kScores) {
    auto attention = make_attention(score);
    auto script = attention_to_torchscript(*attention);
    for (const bool pads : {false, true}) {
      const auto padding = pads ? some_padding() : Tensor();
      const auto memory = attention->remember(values(), padding);
      const auto got = attention->forward(queries(), memory);
      const auto keys = script.get_method("keys")({memory.values}).toTensor();
      const auto theirs =
          script.forward({queries(), memory.values, keys, pads ? c10::IValue(padding) : c10::IValue()}).toTuple();
      EXPECT_TRUE(theirs->elements()[0].toTensor().allclose(got.context, 1e-12, 1e-12)) << score;
      EXPECT_TRUE(theirs->elements()[1].toTensor().allclose(got.weights, 1e-12, 1e-12)) << score;
    }
  }
}

TEST(Memory, SelectsCutsAndGoesThroughAList) {
  const Memory memory{.values = values(), .keys = values() + 1, .padding = some_padding()};
  const auto last = memory.select(torch::tensor({2, 0}));
  EXPECT_TRUE(last.values[0].equal(memory.values[2]));
  EXPECT_TRUE(last.padding[0].equal(memory.padding[2]));
  EXPECT_TRUE(memory.first(2).keys.equal(memory.keys.narrow(0, 0, 2)));
  EXPECT_EQ(memory.first(2).padding.size(0), 2);
  EXPECT_TRUE(Memory::from_list(memory.to_list()).padding.equal(memory.padding));
  const Memory plain{.values = values(), .keys = values()};
  EXPECT_FALSE(Memory::from_list(plain.to_list()).padding.defined());
  EXPECT_FALSE(plain.first(1).padding.defined());
}

TEST(Attention, NamesWhatDoesNotFit) {
  EXPECT_THROW(Attention("dot", Q, C + 1, A), ConfigError);
  EXPECT_THROW(Attention("dots", Q, C, A), ConfigError);
}

}  // namespace
}  // namespace recur::this_file
