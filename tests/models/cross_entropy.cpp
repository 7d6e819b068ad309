// The fast cross-entropy against torch's, in float64.
#include "models/engine/cross_entropy.h"

#include <cmath>
#include <limits>

#include <ATen/Parallel.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <torch/csrc/autograd/autograd.h>

#include <gtest/gtest.h>

#include "core/error.h"

namespace recur::this_file {
namespace {

using torch::Tensor;

Tensor torchs(const Tensor& logits, const Tensor& targets, double smoothing) {
  return at::cross_entropy_loss(logits, targets, {}, at::Reduction::Mean, -100, smoothing);
}

double difference(const Tensor& a, const Tensor& b) {
  return (a.to(torch::kFloat64) - b.to(torch::kFloat64)).abs().max().item<double>();
}

TEST(CrossEntropy, IsTorchsInValueAndGradient) {
  for (const auto& [N, V] : {std::pair{1, 1}, {3, 2}, {7, 5}, {64, 33}, {50, 1003}}) {
    for (const double smoothing : {0.0, 0.1, 0.9}) {
      for (const double scale : {1.0, 40.0}) {
        torch::manual_seed(N + V);
        const auto targets = at::randint(0, V, {N}, torch::kInt64);
        const auto plain = (at::randn({N, V}) * scale + 3).detach();
        auto logits = plain.clone().requires_grad_(), exact = plain.to(torch::kFloat64).requires_grad_();
        const auto loss = engine::cross_entropy(logits, targets, smoothing);
        const auto expected = torchs(exact, targets, smoothing);
        EXPECT_NEAR(loss.item<double>(), expected.item<double>(), 1e-6 * std::max(1.0, expected.item<double>()));
        (3 * loss).backward();
        (3 * expected).backward();
        EXPECT_LT(difference(logits.grad(), exact.grad()), 3e-6 / N) << N << " " << V << " " << smoothing;
      }
    }
  }
}

TEST(CrossEntropy, GivesTheSameOnOneThreadAndOnTwo) {
  const auto logits = at::randn({33, 70}), targets = at::randint(0, 70, {33}, torch::kInt64);
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const auto one = engine::cross_entropy(logits, targets, 0.1);
  at::set_num_threads(2);
  EXPECT_TRUE(one.equal(engine::cross_entropy(logits, targets, 0.1)));
  at::set_num_threads(before);
}

TEST(CrossEntropy, CanBeDifferentiatedTwice) {
  torch::manual_seed(2);
  const auto targets = at::randint(0, 5, {4}, torch::kInt64);
  const auto plain = at::randn({4, 5});
  const auto second = [&](Tensor logits, bool ours) {
    logits.requires_grad_();
    const auto loss = ours ? engine::cross_entropy(logits, targets, 0.2) : torchs(logits, targets, 0.2);
    const auto first = torch::autograd::grad({loss}, {logits}, {}, true, true)[0];
    return torch::autograd::grad({first.square().sum()}, {logits})[0];
  };
  EXPECT_LT(difference(second(plain.clone(), true), second(plain.to(torch::kFloat64), false)), 1e-6);
}

TEST(CrossEntropy, TreatsWhatIsNotFiniteAsTorchDoes) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  auto logits = at::randn({3, 20});
  const auto targets = torch::tensor({1, 2, 3});
  logits[0][7] = -kInfinity;  // impossible, and not asked for
  EXPECT_NEAR(engine::cross_entropy(logits, targets).item<double>(), torchs(logits, targets, 0).item<double>(), 1e-6);
  logits[1][0] = std::nanf("");
  EXPECT_TRUE(std::isnan(engine::cross_entropy(logits, targets).item<double>()));
  logits[1][0] = kInfinity;
  EXPECT_TRUE(std::isnan(engine::cross_entropy(logits, targets).item<double>()));
}

TEST(CrossEntropy, NamesWhatDoesNotFit) {
  EXPECT_THROW(engine::cross_entropy(at::randn({2, 3}), torch::tensor({1})), ShapeError);
  EXPECT_THROW(engine::cross_entropy(at::randn({2, 3}), torch::tensor({1, 3})), ShapeError);
  EXPECT_THROW(engine::cross_entropy(at::randn({2, 3}), torch::tensor({1, -1})), ShapeError);
}

}  // namespace
}  // namespace recur::this_file
