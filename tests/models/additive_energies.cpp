// The fast energies of additive attention against torch's operations, in float64.
#include "models/engine/additive_energies.h"

#include <ATen/Parallel.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/randn.h>
#include <torch/csrc/autograd/autograd.h>

#include <gtest/gtest.h>

namespace recur::this_file {
namespace {

using torch::Tensor;

Tensor torchs(const Tensor& q, const Tensor& k, const Tensor& v) {
  return at::linear((q.unsqueeze(1) + k).tanh(), v).squeeze(2);
}

double difference(const Tensor& a, const Tensor& b) {
  return (a.to(torch::kFloat64) - b.to(torch::kFloat64)).abs().max().item<double>();
}

std::vector<Tensor> some(int64_t B, int64_t L, int64_t A, torch::ScalarType dtype) {
  torch::manual_seed(B + L + A);
  std::vector<Tensor> inputs = {at::randn({B, A}), at::randn({B, L, A}), at::randn({1, A})};
  for (auto& input : inputs) input = input.to(dtype).detach().requires_grad_();
  return inputs;
}

TEST(AdditiveEnergies, AreTorchsInValueAndGradient) {
  for (const int threads : {1, 2}) {
    const int before = at::get_num_threads();
    at::set_num_threads(threads);
    for (const auto& [B, L, A] : {std::tuple{1, 1, 1}, {3, 5, 7}, {2, 4, 8}, {5, 13, 33}, {64, 9, 256}}) {
      const auto fast = some(B, L, A, torch::kFloat32), exact = some(B, L, A, torch::kFloat64);
      const auto got = engine::additive_energies(fast[0], fast[1], fast[2]);
      const auto expected = torchs(exact[0], exact[1], exact[2]);
      EXPECT_LT(difference(got, expected), 1e-5) << B << " " << L << " " << A;
      (got * got.detach()).sum().backward();
      (expected * expected.detach()).sum().backward();
      for (size_t k = 0; k < 3; ++k) {
        EXPECT_LT(difference(fast[k].grad(), exact[k].grad()), 1e-5 * exact[k].grad().abs().max().item<double>() + 1e-5)
            << k;
      }
    }
    at::set_num_threads(before);
  }
}

TEST(AdditiveEnergies, CanBeDifferentiatedTwice) {
  const auto second = [](const std::vector<Tensor>& in, bool ours) {
    const auto keys = (2 * in[1]).transpose(0, 1).contiguous().transpose(0, 1);  // of other strides, and computed
    const auto e = ours ? engine::additive_energies(in[0], keys, in[2]) : torchs(in[0], keys, in[2]);
    const auto first = torch::autograd::grad({e.square().sum()}, in, {}, true, true);
    const auto sum = first[0].square().sum() + first[1].square().sum() + first[2].square().sum();
    return torch::autograd::grad({sum}, in);
  };
  const auto got = second(some(2, 3, 9, torch::kFloat32), true);
  const auto expected = second(some(2, 3, 9, torch::kFloat64), false);
  for (size_t k = 0; k < 3; ++k) {
    EXPECT_LT(difference(got[k], expected[k]), 1e-4 * expected[k].abs().max().item<double>()) << k;
  }
}

}  // namespace
}  // namespace recur::this_file
