// Dropout against the binomial distribution that it must have, and its kinds against each other.
#include "models/sequence/dropout.h"

#include <cmath>

#include <ATen/Parallel.h>
#include <ATen/ops/zeros_like.h>

#include <gtest/gtest.h>

#include "models/sequence/recurrent.h"

namespace recur::this_file {
namespace {

using torch::Tensor;

Tensor drawn(at::IntArrayRef sizes, double rate, uint64_t seed, torch::ScalarType type = torch::kFloat32) {
  torch::manual_seed(seed);
  return dropout_mask(sizes, rate, type);
}

/// Whether so many of `events` are true as is usual, within five deviations.
/// @param variance  of the sum, over the number of events
void expect_usual(const Tensor& events, double p, double variance) {
  const auto n = static_cast<double>(events.numel());
  EXPECT_NEAR(events.sum().item<double>(), n * p, 5 * std::sqrt(n * variance)) << "of " << n << ", p " << p;
}

void expect_binomial(const Tensor& events, double p) {
  expect_usual(events, p, p * (1 - p));
}

TEST(DropoutMask, DropsEachElementByItself) {
  for (const double rate : {0.02, 0.3, 0.5, 0.9}) {
    const auto mask = drawn({511, 1027}, rate, 3);
    const auto zero = mask.eq(0);
    EXPECT_TRUE(mask.masked_select(~zero).eq(static_cast<float>(1 / (1 - rate))).all().item<bool>());
    expect_binomial(zero, rate);
    const auto flat = zero.flatten();
    for (const int64_t apart : {1, 2, 3, 1027, 1 << 14}) {  // beside, below, in the next thread's block
      const int64_t n = flat.numel() - apart;
      // Each element is in two pairs, which therefore vary together.
      const double p = rate * rate, variance = p * (1 - p) + 2 * (p * rate - p * p);
      expect_usual(flat.narrow(0, 0, n).logical_and(flat.narrow(0, apart, n)), p, variance);
    }
    // Sums of rows and columns vary as sums of independent elements do.
    for (const int64_t dim : {0, 1}) {
      const auto sums = zero.to(torch::kFloat64).sum(dim);
      const double expected = static_cast<double>(zero.size(dim)) * rate * (1 - rate);
      EXPECT_NEAR(sums.var().item<double>() / expected, 1, 5 * std::sqrt(2.0 / static_cast<double>(sums.numel())));
    }
    expect_binomial(zero.logical_and(drawn({511, 1027}, rate, 4).eq(0)), rate * rate);  // another seed
  }
}

TEST(DropoutMask, IsTheSameOfTheSameSeedWhateverTheThreadsAndTheType) {
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const auto one = drawn({3, 16385}, 0.4, 7);
  at::set_num_threads(2);
  EXPECT_TRUE(drawn({3, 16385}, 0.4, 7).equal(one));
  at::set_num_threads(threads);
  EXPECT_TRUE(drawn({3, 16385}, 0.4, 7, torch::kFloat64).eq(0).equal(one.eq(0)));
  EXPECT_FALSE(dropout_mask({3, 16385}, 0.4, torch::kFloat32).equal(one));  // the generator has gone on
}

TEST(DropoutMask, OfEverySizeAndRate) {
  for (const int64_t size : {0, 1, 2, 3, 16383, 16384, 16385}) {
    EXPECT_TRUE(drawn({size}, 1, 1).eq(0).all().item<bool>());
    EXPECT_TRUE(drawn({size}, 0, 1).eq(1).all().item<bool>());
    const auto half = drawn({size}, 0.5, 1);
    EXPECT_TRUE(half.eq(0).logical_or(half.eq(2)).all().item<bool>());
  }
}

TEST(ElementwiseDropout, HasTheMaskAsItsGradientAndIsNothingOutOfTraining) {
  const auto x = torch::randn({7, 33}, torch::TensorOptions(torch::kFloat64).requires_grad(true));
  torch::manual_seed(2);
  const auto y = elementwise_dropout(x, 0.25, true);
  y.sum().backward();
  const auto mask = drawn({7, 33}, 0.25, 2, torch::kFloat64);
  EXPECT_TRUE(x.grad().equal(mask));
  EXPECT_TRUE(y.equal(x * mask));
  EXPECT_TRUE(elementwise_dropout(x, 0.25, false).is_same(x));
  EXPECT_TRUE(elementwise_dropout(x, 0, true).is_same(x));
  EXPECT_TRUE(elementwise_dropout(x, 1, true).equal(at::zeros_like(x)));
}

TEST(VariationalDropout, HoldsItsMaskOverTimeAndScalesWhatIsKept) {
  torch::manual_seed(1);
  const auto y = variational_dropout(torch::ones({200, 5, 8}), 0.25, true);
  EXPECT_TRUE(y.eq(y.narrow(1, 0, 1)).all().item<bool>());
  EXPECT_TRUE(y.eq(0).logical_or((y - 1 / 0.75).abs().lt(1e-6)).all().item<bool>());
  EXPECT_NEAR(y.eq(0).to(torch::kFloat32).mean().item<double>(), 0.25, 0.04);
}

TEST(VariationalDropout, FollowsEachSequenceThroughAPackedBatch) {
  torch::manual_seed(1);
  const engine::PackedSequences packed{.data = torch::ones({6, 64}), .rows = {3, 2, 1}};
  const auto y = variational_dropout(packed, 0.5, true);
  EXPECT_TRUE(y[0].equal(y[3]) && y[0].equal(y[5]));  // the longest, at steps 0, 1 and 2
  EXPECT_TRUE(y[1].equal(y[4]));
  EXPECT_FALSE(y[0].equal(y[1]));
  EXPECT_TRUE(variational_dropout(packed, 0.5, false).equal(packed.data));
}

// DropConnect: one mask for all steps, so that the layer is one with those weights.
TEST(WeightDropout, ThinsTheRecurrentMatrixForAWholeBatch) {
  torch::manual_seed(5);
  const auto x = torch::randn({2, 7, 3});
  Recurrent dropped(3, RecurrentOptions{.cell = "rnn", .hidden_size = 6, .weight_dropout = 0.5});
  torch::manual_seed(9);
  const auto got = dropped->forward(x).output;
  torch::manual_seed(9);
  const auto thinned = elementwise_dropout(dropped->named_parameters()["weight_hh_l0"].detach(), 0.5, true);
  Recurrent plain(3, RecurrentOptions{.cell = "rnn", .hidden_size = 6});
  torch::NoGradGuard no_grad;
  auto theirs = plain->named_parameters();
  for (const auto& ours : dropped->named_parameters()) theirs[ours.key()].copy_(ours.value());
  theirs["weight_hh_l0"].copy_(thinned);
  EXPECT_TRUE(got.allclose(plain->forward(x).output, 1e-5, 1e-6));
  EXPECT_GT(thinned.eq(0).sum().item<int64_t>(), 0);
}

}  // namespace
}  // namespace recur::this_file
