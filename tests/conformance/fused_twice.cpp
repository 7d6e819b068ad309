// The fused engine's gradient, differentiated again: then the reference engine computes it.
#include <ATen/ops/randn.h>
#include <torch/autograd.h>

#include "tests/conformance/fused_cell.h"

namespace recur::this_file {
namespace {

using torch::Tensor;

TEST_P(FusedCell, CanBeDifferentiatedTwice) {
  const FusedCase c{.T = 3, .B = 2, .D = 3, .H = 4};
  std::vector<Tensor> second;
  for (const std::string engine : {"reference", "fused"}) {
    torch::manual_seed(2);
    Recurrent layer(c.D, c.options(GetParam(), engine));
    const auto x = at::randn({c.B, c.T, c.D}).requires_grad_();
    const auto first = torch::autograd::grad({layer->forward(x).output.square().sum()}, {x}, {}, true, true)[0];
    first.square().sum().backward();
    second.push_back(layer->parameters()[0].grad());
  }
  EXPECT_GT(second[0].abs().max().item<double>(), 0);
  EXPECT_LT(relative_difference(second[1], second[0]), 1e-5);
}

TEST_P(FusedCell, CanBeDifferentiatedTwiceAcrossCallsThatCarryTheState) {
  const FusedCase c{.T = 3, .B = 2, .D = 3, .H = 4};
  std::vector<Tensor> found;
  for (const std::string engine : {"reference", "fused"}) {
    torch::manual_seed(2);
    Recurrent layer(c.D, c.options(GetParam(), engine));
    const auto x = at::randn({c.B, c.T, c.D}).requires_grad_();
    const auto first = layer->forward(x);
    const auto second = layer->forward(x, {}, first.state);
    const auto gradients = torch::autograd::grad({second.output.square().sum()}, layer->parameters(), {}, true, true);
    found.push_back(gradients[0]);
    found.push_back(torch::autograd::grad({gradients[1].square().sum()}, {x})[0]);
  }
  EXPECT_LT(relative_difference(found[2], found[0]), 1e-5);
  EXPECT_LT(relative_difference(found[3], found[1]), 1e-5);
}

}  // namespace
}  // namespace recur::this_file
