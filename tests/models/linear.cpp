// The engine's linear map against torch's, in float64.
#include "models/engine/linear.h"

#include <ATen/Parallel.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/randn.h>
#include <torch/csrc/autograd/autograd.h>

#include <gtest/gtest.h>

namespace recur {
namespace {

using torch::Tensor;

/// The largest difference, over the largest number.
double relative(const Tensor& a, const Tensor& b) {
  return ((a.to(torch::kFloat64) - b).abs().max() / b.abs().max()).item<double>();
}

struct Found {
  Tensor y, of_x, of_weight, of_bias;
};

Found run(const Tensor& x, const Tensor& weight, const Tensor& bias, bool ours) {
  const auto leaf = [&](const Tensor& t) {
    return t.defined() ? t.detach().clone().to(ours ? torch::kFloat32 : torch::kFloat64).requires_grad_() : Tensor();
  };
  const auto a = leaf(x), w = leaf(weight), b = leaf(bias);
  const auto y = ours ? engine::linear(a, w, b) : at::linear(a, w, b);
  torch::manual_seed(7);
  y.backward(at::randn(y.sizes()).to(y.scalar_type()));
  return {y.detach(), a.grad(), w.grad(), b.defined() ? b.grad() : Tensor()};
}

TEST(Linear, IsTorchsInValueAndGradients) {
  // Rows, columns in, columns out: on either side of a tile, a panel, a slice of the depth, of what stays in a cache.
  for (const auto& [N, D, V] : {std::tuple{96, 1, 2},
                                {97, 3, 5},
                                {100, 16, 16},
                                {131, 17, 67},
                                {257, 33, 255},
                                {513, 40, 257},
                                {300, 513, 35},
                                {200, 20, 1030},
                                {5, 4, 3}}) {
    for (const bool with_bias : {true, false}) {
      for (const int threads : {1, 2}) {
        const int before = at::get_num_threads();
        at::set_num_threads(threads);
        torch::manual_seed(N + D);
        const auto x = at::randn({N, D}), weight = at::randn({V, D}), bias = with_bias ? at::randn({V}) : Tensor();
        const auto found = run(x, weight, bias, true), expected = run(x, weight, bias, false);
        at::set_num_threads(before);
        const auto at = fmt::format("{} x {} to {}, {} threads", N, D, V, threads);
        EXPECT_LT(relative(found.y, expected.y), 2e-6) << at;
        EXPECT_LT(relative(found.of_x, expected.of_x), 4e-6) << at;
        EXPECT_LT(relative(found.of_weight, expected.of_weight), 4e-6) << at;
        EXPECT_TRUE(!with_bias || relative(found.of_bias, expected.of_bias) < 4e-6) << at;
      }
    }
  }
}

TEST(Linear, GivesTheSameBitsOnOneThreadAndOnTwo) {
  const auto x = at::randn({301, 70}), weight = at::randn({83, 70}), bias = at::randn({83});
  const int before = at::get_num_threads();
  at::set_num_threads(1);
  const auto one = run(x, weight, bias, true);
  at::set_num_threads(2);
  const auto two = run(x, weight, bias, true);
  at::set_num_threads(before);
  EXPECT_TRUE(one.y.equal(two.y) && one.of_x.equal(two.of_x));
  EXPECT_TRUE(one.of_weight.equal(two.of_weight) && one.of_bias.equal(two.of_bias));
}

TEST(Linear, TakesAnyStridesAndDimensions) {
  const auto x = at::randn({9, 40, 5}).transpose(0, 1), weight = at::randn({5, 30}).t();
  const auto bias = at::randn({60}).slice(0, 0, {}, 2);
  const auto y = engine::linear(x, weight, bias);
  EXPECT_EQ(y.sizes().vec(), (std::vector<int64_t>{40, 9, 30}));
  const auto exact = [](const Tensor& t) { return t.to(torch::kFloat64); };
  EXPECT_LT(relative(y, at::linear(exact(x), exact(weight), exact(bias))), 2e-6);
}

TEST(Linear, GivesOnlyTheGradientsThatAreAskedFor) {
  const auto x = at::randn({120, 6}).requires_grad_(), weight = at::randn({7, 6}),
             bias = at::randn({7}).requires_grad_();
  const auto y = engine::linear(x, weight, bias);
  const auto found = torch::autograd::grad({y.square().sum()}, {x, bias});
  EXPECT_LT(relative(found[0], (2 * y.detach().to(torch::kFloat64)).matmul(weight.to(torch::kFloat64))), 2e-6);
  EXPECT_LT(relative(found[1], 2 * y.detach().to(torch::kFloat64).sum(0)), 2e-6);
}

TEST(Linear, CanBeDifferentiatedTwice) {
  const auto second = [](torch::ScalarType type) {
    torch::manual_seed(3);
    const auto leaf = [&](at::IntArrayRef sizes) { return at::randn(sizes).to(type).requires_grad_(); };
    const auto strided = leaf({3, 120}), weight = leaf({5, 3}), bias = leaf({5});
    const auto y = engine::linear(strided.t(), weight, bias);
    auto first = torch::autograd::grad({y.pow(3).sum()}, {strided, weight, bias}, {}, true, true);
    const auto sum = first[0].square().sum() + first[1].square().sum() + first[2].square().sum();
    return torch::autograd::grad({sum}, {strided, weight, bias});
  };
  const auto found = second(torch::kFloat32), expected = second(torch::kFloat64);
  for (size_t k = 0; k < found.size(); ++k) EXPECT_LT(relative(found[k], expected[k]), 1e-5) << k;
}

}  // namespace
}  // namespace recur
