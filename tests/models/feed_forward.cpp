// The feed-forward network against torch::nn::Sequential, finite differences and its own export.
#include "models/heads/feed_forward.h"

#include <sstream>

#include <ATen/ops/randn.h>
#include <torch/csrc/jit/serialization/import.h>
#include <torch/nn/modules/activation.h>
#include <torch/nn/modules/container/sequential.h>

#include <gtest/gtest.h>

#include "core/error.h"

namespace recur::this_file {
namespace {

using torch::Tensor;

constexpr int64_t B = 7, D = 6, C = 3;

FeedForward make_network(const FeedForwardOptions& options) {
  torch::manual_seed(5);
  FeedForward network(D, C, options);
  network->to(torch::kFloat64);
  return network;
}

torch::nn::AnyModule activation_of(const std::string& name) {
  if (name == "tanh") return torch::nn::AnyModule(torch::nn::Tanh());
  if (name == "sigmoid") return torch::nn::AnyModule(torch::nn::Sigmoid());
  if (name == "gelu") return torch::nn::AnyModule(torch::nn::GELU());
  return torch::nn::AnyModule(torch::nn::ReLU());
}

/// The same network by torch::nn alone, with copies of its parameters, which come in the same order.
torch::nn::Sequential by_hand(FeedForwardImpl& network) {
  torch::nn::Sequential made;
  std::vector<Tensor> ours, theirs;
  const auto add = [&](auto theirs_module, const torch::nn::Module& ours_module) {
    made->push_back(theirs_module);
    for (const auto& p : ours_module.parameters()) ours.push_back(p);
    for (const auto& p : theirs_module->parameters()) theirs.push_back(p);
  };
  int64_t size = D;
  const auto& options = network.options();
  for (size_t k = 0; k < options.layers.size(); ++k) {
    add(torch::nn::Linear(size, options.layers[k]), *network.layers[k]);
    if (options.batch_norm) add(torch::nn::BatchNorm1d(options.layers[k]), *network.norms[k]);
    made->push_back(activation_of(options.activation));
    size = options.layers[k];
  }
  add(torch::nn::Linear(size, C), *network.readout);
  made->to(torch::kFloat64);
  torch::NoGradGuard no_grad;
  for (size_t k = 0; k < ours.size(); ++k) made->parameters()[k].copy_(ours[k]);
  return made;
}

std::vector<FeedForwardOptions> all_kinds() {
  std::vector<FeedForwardOptions> kinds{{.layers = {}}};
  for (const std::string activation : {"relu", "tanh", "sigmoid", "gelu"}) {
    for (const bool batch_norm : {false, true}) {
      kinds.push_back({.layers = {5, 4}, .activation = activation, .batch_norm = batch_norm});
    }
  }
  return kinds;
}

TEST(FeedForward, IsTorchsSequentialInValueAndGradient) {
  for (const auto& options : all_kinds()) {
    auto network = make_network(options);
    auto theirs = by_hand(*network);
    for (const bool training : {true, false}) {  // training first: it moves the running averages
      network->train(training);
      theirs->train(training);
      const auto x = at::randn({B, D}, torch::kFloat64);
      const auto ours_x = x.clone().requires_grad_(), theirs_x = x.clone().requires_grad_();
      const auto y = network->forward(ours_x), z = theirs->forward(theirs_x);
      ASSERT_EQ(y.sizes(), (std::vector<int64_t>{B, C}));
      EXPECT_TRUE(y.allclose(z, 1e-12, 1e-12)) << options.activation;
      network->zero_grad();
      theirs->zero_grad();
      y.square().sum().backward();
      z.square().sum().backward();
      EXPECT_TRUE(ours_x.grad().allclose(theirs_x.grad(), 1e-10, 1e-12)) << options.activation;
      auto parameters = theirs->parameters();
      const auto first = network->parameters().front();
      EXPECT_TRUE(first.grad().allclose(parameters.front().grad(), 1e-10, 1e-12)) << options.activation;
    }
  }
}

TEST(FeedForward, HasTheGradientOfFiniteDifferences) {
  auto network = make_network({.layers = {5}, .activation = "gelu", .batch_norm = true});
  const auto x = at::randn({B, D}, torch::kFloat64);
  const auto loss = [&] { return network->forward(x).sin().sum(); };
  loss().backward();
  torch::NoGradGuard no_grad;
  for (auto& parameter : network->parameters()) {
    auto flat = parameter.flatten();
    const double step = 1e-6, before = flat[1].item<double>();
    flat[1] = before + step;
    const double above = loss().item<double>();
    flat[1] = before - step;
    const double below = loss().item<double>();
    flat[1] = before;
    EXPECT_NEAR(parameter.grad().flatten()[1].item<double>(), (above - below) / (2 * step), 1e-7);
  }
}

TEST(FeedForward, IsEqualToItsTorchScript) {
  for (const auto& options : all_kinds()) {
    auto network = make_network(options);
    network->forward(at::randn({B, D}, torch::kFloat64));  // so that the running averages are not those of the start
    network->eval();
    std::stringstream file;
    feed_forward_to_torchscript(*network).save(file);
    auto loaded = torch::jit::load(file);
    const auto x = at::randn({B, 2, D / 2}, torch::kFloat64);
    EXPECT_TRUE(loaded.forward({x}).toTensor().allclose(network->forward(x), 1e-12, 1e-12)) << options.activation;
  }
}

TEST(FeedForward, DropsInTrainingOnly) {
  for (const auto& options : {FeedForwardOptions{.dropout = 0.5}, FeedForwardOptions{.input_dropout = 0.5}}) {
    auto network = make_network(options);
    const auto x = at::randn({B, D}, torch::kFloat64);
    EXPECT_FALSE(network->forward(x).allclose(network->forward(x)));
    network->eval();
    EXPECT_TRUE(network->forward(x).equal(network->forward(x)));
  }
}

TEST(FeedForward, NamesShapesAndActivationsThatDoNotFit) {
  EXPECT_THROW(FeedForward(D, C, FeedForwardOptions{.activation = "swish"}), ConfigError);
  EXPECT_THROW(FeedForward(D, C, FeedForwardOptions{.layers = {0}}), ShapeError);
  EXPECT_THROW(FeedForward(0, C, FeedForwardOptions{}), ShapeError);
  auto network = make_network({});
  EXPECT_THROW(network->forward(at::randn({B, D + 1}, torch::kFloat64)), ShapeError);
  EXPECT_THROW(network->forward(at::randn({D}, torch::kFloat64)), ShapeError);
}

}  // namespace
}  // namespace recur::this_file
