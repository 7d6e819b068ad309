// The fused engine under autocast on a CPU: products of bf16, states in f32.
#include <numeric>

#include <ATen/ops/mm.h>
#include <ATen/ops/randn.h>
#include <torch/autograd.h>

#include <hwy/targets.h>

#include "core/autocast.h"
#include "models/engine/cpu/gemm.h"
#include "tests/conformance/fused_cell.h"

namespace recur::this_file {
namespace {

using engine::cpu::Numbers;
using torch::Tensor;

/// Runs `work` as on a machine without AVX-512.
template <class Work>
void without_avx512(Work work) {
  hwy::SetSupportedTargetsForTest(hwy::SupportedTargets() & ~HWY_AVX3 & ~HWY_AVX3_DL);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
  work();
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

Tensor rounded(const Tensor& t) {
  return t.to(torch::kBFloat16).to(torch::kFloat64);
}

/// Of each form of packed matrix, at sizes that fill no panel, no pair and more than one slice of the depth.
void expect_products(Numbers numbers) {
  torch::manual_seed(5);
  for (const auto& [M, K, N] :
       {std::array<int64_t, 3>{1, 1, 1}, {3, 17, 5}, {13, 33, 40}, {200, 64, 16}, {7, 1301, 35}, {5, 2050, 18}}) {
    const auto a = at::randn({M, K}), b = at::randn({K, N}), b_transposed = b.t().contiguous();
    auto c = at::randn({M, N});
    const auto start = c.to(torch::kFloat64), expected = at::mm(rounded(a), rounded(b));
    std::vector<int64_t> all(static_cast<size_t>(std::max(K, N)));
    std::iota(all.begin(), all.end(), 0);
    const std::vector<int64_t> rows(all.begin(), all.begin() + K), columns(all.begin(), all.begin() + N);
    using engine::cpu::Panels;
    const engine::cpu::Operands operands{
        .rows = M, .a = a.const_data_ptr<float>(), .a_stride = K, .c = c.mutable_data_ptr<float>(), .c_stride = N};
    auto adding = operands;
    adding.add = true;
    const double allowed = 1e-6 * std::sqrt(static_cast<double>(K));
    Panels::of_rows(b.const_data_ptr<float>(), N, rows, numbers).multiply(adding);
    EXPECT_LT(relative_difference(c, expected + start), allowed) << M << " " << K << " " << N;
    Panels::transposed(b_transposed.const_data_ptr<float>(), K, columns, numbers).multiply(operands);
    EXPECT_LT(relative_difference(c, expected), allowed) << M << " " << K << " " << N;
  }
}

TEST(FusedBf16, ProductsAreThoseOfTheRoundedNumbers) {
  expect_products(Numbers::kBf16);
}

TEST(FusedBf16, ProductsOfPairsAreToo) {
  if (engine::cpu::best_bf16() != Numbers::kBf16Pairs) GTEST_SKIP() << "needs AVX512_BF16";
  expect_products(Numbers::kBf16Pairs);
}

TEST(FusedBf16, RoundsAsTorchDoes) {
  const auto numbers = at::cat({at::randn({1000}), at::tensor({0.0, -0.0, 1e38, 3.4e38, -3.4e38, 1.00390625, 1.01171875,
                                                               std::numeric_limits<double>::infinity(),
                                                               -std::numeric_limits<double>::infinity(),
                                                               std::numeric_limits<double>::quiet_NaN()})})
                           .to(torch::kFloat32);
  const auto expected = numbers.to(torch::kBFloat16).to(torch::kFloat32);
  auto found = at::empty_like(numbers);
  engine::cpu::round_row(Numbers::kBf16, numbers.const_data_ptr<float>(), numbers.numel(),
                         found.mutable_data_ptr<float>());
  EXPECT_TRUE(found.allclose(expected, 0, 0, /*equal_nan=*/true));
  if (engine::cpu::best_bf16() != Numbers::kBf16Pairs) return;
  auto pairs = at::empty({numbers.numel()}, torch::kBFloat16);
  engine::cpu::round_row(Numbers::kBf16Pairs, numbers.const_data_ptr<float>(), numbers.numel(),
                         static_cast<float*>(pairs.mutable_data_ptr()));
  EXPECT_TRUE(pairs.to(torch::kFloat32).allclose(expected, 0, 0, /*equal_nan=*/true));
}

struct Outcome {
  Tensor output;
  std::vector<Tensor> gradients;
};

Outcome run(const Recurrent& layer, const Tensor& x, const Tensor& weights) {
  auto model = layer;
  const auto output = model->forward(x).output;
  EXPECT_EQ(output.scalar_type(), torch::kFloat32);
  auto inputs = model->parameters();
  inputs.push_back(x);
  return {output.detach(), torch::autograd::grad({(output * weights).sum()}, inputs)};
}

void expect_close(const Outcome& found, const Outcome& expected, double of_output, double of_gradients) {
  EXPECT_LT(difference(found.output, expected.output), of_output);
  for (size_t k = 0; k < expected.gradients.size(); ++k) {
    const double largest = expected.gradients[k].abs().max().item<double>();
    EXPECT_LT(difference(found.gradients[k], expected.gradients[k]), of_gradients * largest) << k;
  }
}

class FusedBf16Cell : public testing::TestWithParam<std::string> {};

/// Of numbers that bf16 has, the first step's products are exact.
TEST_P(FusedBf16Cell, IsF32WhereNothingIsRounded) {
  torch::manual_seed(6);
  for (const int64_t H : {1, 17, 70}) {
    Recurrent layer(9, RecurrentOptions{.cell = GetParam(), .hidden_size = H, .engine = "fused"});
    const torch::NoGradGuard no_grad;
    for (auto p : layer->parameters()) p.copy_(rounded(p));
    const auto x = rounded(at::randn({5, 1, 9})).to(torch::kFloat32);
    const auto plain = layer->forward(x).output;
    const Autocast autocast(torch::kCPU);
    EXPECT_LT(difference(layer->forward(x).output, plain), 1e-6) << H;
  }
}

TEST_P(FusedBf16Cell, IsNearF32AndTheSameOnEveryMachine) {
  torch::manual_seed(4);
  constexpr int64_t T = 13, B = 21, D = 47, H = 66;
  const Recurrent layer(
      D, RecurrentOptions{.cell = GetParam(), .hidden_size = H, .bidirectional = true, .engine = "fused"});
  const auto x = at::randn({B, T, D}).requires_grad_(), weights = at::randn({B, T, 2 * H});
  const auto plain = run(layer, x, weights);
  const Autocast autocast(torch::kCPU);
  const auto lower = run(layer, x, weights);
  EXPECT_FALSE(lower.output.equal(plain.output));
  const bool jumps = GetParam() == "rnn_relu";  // some unit of so many stands within rounding of the kink
  expect_close(lower, plain, 0.02, jumps ? 1 : 0.02);
  without_avx512([&] { expect_close(run(layer, x, weights), lower, 2e-3, jumps ? 1 : 4e-3); });
}

INSTANTIATE_TEST_SUITE_P(Catalog, FusedBf16Cell, testing::ValuesIn(cells_that_fuse()),
                         [](const auto& info) { return info.param; });

TEST(FusedBf16, WeightsPackedForOneAreNotTakenForTheOther) {
  torch::manual_seed(4);
  Recurrent layer(3, RecurrentOptions{.hidden_size = 20, .engine = "fused"});
  const torch::NoGradGuard no_grad;
  const auto x = at::randn({2, 4, 3});
  const auto plain = layer->forward(x).output;
  {
    const Autocast autocast(torch::kCPU);
    EXPECT_FALSE(layer->forward(x.to(torch::kBFloat16)).output.equal(plain));
  }
  EXPECT_TRUE(layer->forward(x).output.equal(plain));
}

/// A step at a time too, with the gradient of all steps at once.
TEST(FusedBf16, StepsAreTheLayer) {
  torch::manual_seed(4);
  constexpr int64_t T = 5, B = 4, D = 6, H = 20;
  Recurrent layer(D, RecurrentOptions{.hidden_size = H, .engine = "fused"});
  const auto x = at::randn({B, T, D});
  const Autocast autocast(torch::kCPU);
  const auto whole = layer->forward(x).output.select(1, T - 1);
  auto steps = layer->steps();
  std::vector<Tensor> state = {at::zeros({1, B, H}), at::zeros({1, B, H})};
  for (int64_t t = 0; t < T; ++t) state = steps.step(x.select(1, t), state);
  EXPECT_LT(difference(state[0][0], whole), 1e-6);
  const auto expected = torch::autograd::grad({whole.sum()}, layer->parameters());
  const auto found = torch::autograd::grad({state[0].sum()}, layer->parameters());
  for (size_t k = 0; k < found.size(); ++k) EXPECT_LT(relative_difference(found[k], expected[k]), 3e-3) << k;
}

}  // namespace
}  // namespace recur::this_file
