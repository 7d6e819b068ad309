#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/trainers/torch_reference.h"
#include "trainers/ema.h"
#include "trainers/gradients.h"
#include "trainers/optimizer.h"

namespace recur::this_file {
namespace {

/// y = W x + b in float64, with the values of tests/interop/_torch_optim_reference.py.
struct Line : torch::nn::Module {
  Line() {
    weight = register_parameter("weight", torch::linspace(-0.5, 0.5, 6, torch::kDouble).reshape({2, 3}));
    bias = register_parameter("bias", torch::tensor({0.1, -0.2}, torch::kDouble));
  }
  torch::Tensor loss() const {
    const auto x = torch::arange(15, torch::kDouble).sin().reshape({5, 3});
    const auto y = torch::arange(10, torch::kDouble).cos().reshape({5, 2});
    return (torch::matmul(x, weight.t()) + bias - y).square().mean();
  }
  void train(Optimizer& optimizer, int steps) const {
    for (int i = 0; i < steps; ++i) {
      optimizer.zero_grad();
      loss().backward();
      optimizer.step();
    }
  }
  std::string bytes() const {
    const auto all = torch::cat({weight.detach().flatten(), bias.detach()});
    return {static_cast<const char*>(all.const_data_ptr()), all.nbytes()};
  }

  torch::Tensor weight, bias;
};

const std::map<std::string, OptimizerOptions> kRules{
    {"sgd", {.name = "sgd", .learning_rate = 0.05}},
    {"sgd_momentum", {.name = "sgd", .learning_rate = 0.05, .momentum = 0.9}},
    {"sgd_nesterov_decay",
     {.name = "sgd", .learning_rate = 0.05, .momentum = 0.9, .nesterov = true, .weight_decay = 0.1}},
    {"adam", {.name = "adam", .learning_rate = 0.03, .beta1 = 0.8, .beta2 = 0.95, .eps = 1e-6}},
    {"adam_decay", {.name = "adam", .learning_rate = 0.03, .weight_decay = 0.1}},
    {"adamw_decay", {.name = "adamw", .learning_rate = 0.03, .weight_decay = 0.1}},
    {"rmsprop", {.name = "rmsprop", .learning_rate = 0.02, .alpha = 0.9}},
    {"rmsprop_momentum_decay", {.name = "rmsprop", .learning_rate = 0.02, .momentum = 0.5, .weight_decay = 0.1}},
    {"adagrad_decay", {.name = "adagrad", .learning_rate = 0.3, .weight_decay = 0.1}},
};

class EveryRule : public testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Optimizer, EveryRule, testing::ValuesIn([] {
                           std::vector<std::string> names;
                           for (const auto& item : kRules) names.push_back(item.first);
                           return names;
                         }()),
                         [](const auto& info) { return info.param; });

TEST_P(EveryRule, WalksAsPythonsOptimizerWithBiasesNotDecayed) {
  Line line;
  Optimizer optimizer(kRules.at(GetParam()), line);
  line.train(optimizer, 20);
  const auto all = torch::cat({line.weight.detach().flatten(), line.bias.detach()});
  const auto& expected = reference::kTrajectories.at(GetParam());
  for (int64_t i = 0; i < all.numel(); ++i) {
    EXPECT_NEAR(all[i].item<double>(), expected[static_cast<size_t>(i)], 1e-12) << i;
  }
}

TEST_P(EveryRule, GoesOnFromItsStateToTheBit) {
  Line straight, broken;
  Optimizer one(kRules.at(GetParam()), straight);
  straight.train(one, 12);
  Optimizer first(kRules.at(GetParam()), broken), second(kRules.at(GetParam()), broken);
  broken.train(first, 5);
  second.load_state(first.state());
  broken.train(second, 7);
  EXPECT_EQ(straight.bytes(), broken.bytes());
}

TEST(Optimizer, DecaysBiasesWhenToldTo) {
  for (const bool decay_biases : {false, true}) {
    Line line;
    Optimizer optimizer({.name = "sgd", .learning_rate = 0.5, .weight_decay = 0.1, .decay_biases = decay_biases}, line);
    line.weight.mutable_grad() = torch::zeros_like(line.weight);
    line.bias.mutable_grad() = torch::zeros_like(line.bias);
    optimizer.step();
    EXPECT_NEAR(line.weight[0][0].item<double>(), -0.5 * 0.95, 1e-12);
    EXPECT_NEAR(line.bias[0].item<double>(), decay_biases ? 0.1 * 0.95 : 0.1, 1e-12);
  }
}

TEST(Optimizer, TakesEveryTrainedParameterOnce) {
  Line line;
  line.register_parameter("tied", line.weight, line.weight.requires_grad());
  line.register_parameter("frozen", torch::ones({2, 2}), /*requires_grad=*/false);
  Optimizer optimizer({}, line);
  std::vector<std::string> names;
  for (const auto& parameter : optimizer.parameters()) names.push_back(parameter.name);
  EXPECT_THAT(names, testing::ElementsAre("weight", "bias"));
}

TEST(Optimizer, NamesItsStateAsPythonDoes) {
  Line line;
  Optimizer optimizer({.name = "adam"}, line);
  EXPECT_TRUE(optimizer.state().empty());
  line.train(optimizer, 3);
  const auto state = optimizer.state();
  ASSERT_TRUE(state.contains("weight"));
  EXPECT_EQ(state.at("weight").at("step").item<int64_t>(), 3);
  EXPECT_EQ(state.at("weight").at("exp_avg").sizes(), line.weight.sizes());
  EXPECT_TRUE(state.at("bias").contains("exp_avg_sq"));
}

std::string refusal(const OptimizerState& state, const std::string& rule = "adam") {
  Line line;
  Optimizer optimizer({.name = rule}, line);
  try {
    optimizer.load_state(state);
  } catch (const CheckpointError& error) {
    return error.what();
  }
  return "";
}

TEST(Optimizer, RefusesAStateThatIsNotItsOwn) {
  Line line;
  Optimizer optimizer({.name = "adam"}, line);
  line.train(optimizer, 1);
  auto state = optimizer.state();
  EXPECT_EQ(refusal(state), "");
  EXPECT_THAT(refusal(state, "rmsprop"), testing::HasSubstr("'square_avg' is missing"));
  EXPECT_THAT(
      refusal({{"weight", {{"momentum_buffer", torch::ones({2, 3})}, {"exp_avg", torch::ones({2, 3})}}}}, "sgd"),
      testing::HasSubstr("'exp_avg' belongs to another optimizer"));
  auto reshaped = state;
  reshaped["bias"]["exp_avg"] = torch::zeros({3});
  EXPECT_THAT(refusal(reshaped), testing::AllOf(testing::HasSubstr("'bias'"), testing::HasSubstr("another shape")));
  state["other"] = state["bias"];
  EXPECT_THAT(refusal(state), testing::HasSubstr("'other'"));
}

TEST(Optimizer, ReportsWhatTorchRefusesAsAConfigError) {
  Line line;
  EXPECT_THROW(Optimizer({.name = "sgd", .nesterov = true}, line), ConfigError);
  EXPECT_THROW(Optimizer({.name = "lion"}, line), ConfigError);
}

TEST(WeightAverage, ForgetsTheFirstWeightsAndExchangesToTheBit) {
  Line line;
  Optimizer optimizer({}, line);
  WeightAverage average(0.999, optimizer.parameters());
  const auto before = line.bytes();
  {
    const torch::NoGradGuard no_grad;
    line.weight.fill_(1.0);
    line.bias.fill_(1.0);
  }
  for (int64_t step = 1; step <= 200; ++step) average.update(step);
  const auto live = line.bytes();
  average.exchange();
  EXPECT_LT((line.weight - 1.0).abs().max().item<double>(), 1e-6);
  EXPECT_NE(line.bytes(), live);
  average.exchange();
  EXPECT_EQ(line.bytes(), live);
  EXPECT_NE(before, live);
}

TEST(Gradients, AreClippedByNormOverAllParameters) {
  Line line;
  Optimizer optimizer({}, line);
  line.weight.mutable_grad() = torch::full({2, 3}, 3.0, torch::kDouble);
  line.bias.mutable_grad() = torch::full({2}, -4.0, torch::kDouble);
  const double norm = gradient_norm(optimizer.parameters()).item<double>();
  EXPECT_NEAR(norm, std::sqrt(6 * 9.0 + 2 * 16.0), 1e-12);
  clip_gradient_norm(optimizer.parameters(), norm, 100.0);
  EXPECT_EQ(line.bias.grad()[0].item<double>(), -4.0);
  clip_gradient_norm(optimizer.parameters(), norm, 1.0);
  EXPECT_NEAR(gradient_norm(optimizer.parameters()).item<double>(), 1.0, 1e-6);
  clip_gradient_value(optimizer.parameters(), 0.35);
  EXPECT_NEAR(line.bias.grad()[0].item<double>(), -0.35, 1e-12);
  EXPECT_NEAR(line.weight.grad()[0][0].item<double>(), 3.0 / norm, 1e-6);
}

TEST(Gradients, NameTheFirstThatIsNotFinite) {
  Line line;
  Optimizer optimizer({}, line);
  EXPECT_FALSE(first_not_finite(optimizer.parameters()));
  line.bias.mutable_grad() = torch::full({2}, INFINITY, torch::kDouble);
  EXPECT_EQ(first_not_finite(optimizer.parameters()), "the gradient of parameter 'bias'");
  const torch::NoGradGuard no_grad;
  line.weight[1][1] = NAN;
  EXPECT_EQ(first_not_finite(optimizer.parameters()), "parameter 'weight'");
}

}  // namespace
}  // namespace recur::this_file
