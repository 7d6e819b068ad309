// The fused engine's packed weights, which it keeps between calls.
#include <sstream>
#include <thread>

#include <ATen/ops/randn.h>
#include <c10/core/InferenceMode.h>
#include <torch/optim/sgd.h>
#include <torch/serialize.h>

#include "tests/conformance/fused_cell.h"

namespace recur::this_file {
namespace {

/// None may outlive a change of the parameters.
TEST_P(FusedCell, SeesWeightsThatAreChanged) {
  const FusedCase c{.T = 2, .B = 2, .D = 3, .H = 64, .layers = 2, .bidirectional = true};
  torch::manual_seed(6);
  Recurrent layer(c.D, c.options(GetParam(), "fused")), other(c.D, c.options(GetParam(), "reference"));
  const auto x = at::randn({c.B, c.T, c.D});
  const auto copy = [&](const Recurrent& from, const Recurrent& to) {
    const torch::NoGradGuard no_grad;
    for (const auto& p : from->named_parameters()) to->named_parameters()[p.key()].copy_(p.value());
  };
  const auto are_equal = [&](const char* when) {
    SCOPED_TRACE(when);
    const auto ours = layer->forward(x).output, theirs = other->forward(x).output;
    EXPECT_LT(relative_difference(ours, theirs), 1e-5);
    for (auto [model, output] : {std::pair(layer, ours), std::pair(other, theirs)}) {
      model->zero_grad();
      output.square().sum().backward();
    }
    for (const auto& p : layer->named_parameters()) {
      EXPECT_LT(relative_difference(p.value().grad(), other->named_parameters()[p.key()].grad()), 1e-5) << p.key();
    }
  };
  copy(other, layer);
  are_equal("at first");

  torch::optim::SGD optimizer(layer->parameters(), torch::optim::SGDOptions(0.5));
  optimizer.step();
  copy(layer, other);
  are_equal("after a step of the optimizer");

  Recurrent loaded(c.D, c.options(GetParam(), "fused"));
  std::stringstream file;
  torch::save(loaded, file);
  torch::load(layer, file);
  copy(loaded, other);
  are_equal("after loading");

  for (const double factor : {-1.0, 2.0, 0.25}) {  // signs and exponents alone
    for (const auto& p : layer->parameters()) p.data().mul_(factor);
    copy(layer, other);
    are_equal("after a factor");
  }

  const auto clone = std::dynamic_pointer_cast<RecurrentImpl>(layer->clone());
  {
    const torch::NoGradGuard no_grad;
    for (const auto& p : clone->parameters()) p.mul_(2);
  }
  are_equal("after a clone was changed");  // as before, whatever becomes of the clone
  EXPECT_GT(difference(clone->forward(x).output, layer->forward(x).output), 1e-4);
  {
    const c10::InferenceMode inference;  // whose tensors count no changes
    Recurrent born_here(c.D, c.options(GetParam(), "fused"));
    born_here->forward(x);
    copy(other, born_here);
    EXPECT_LT(relative_difference(born_here->forward(x).output, other->forward(x).output), 1e-5);
  }
}

TEST_P(FusedCell, GivesOneThreadWhatItGivesAnother) {
  const FusedCase c{.T = 5, .B = 3, .D = 4, .H = 20};
  Recurrent layer(c.D, c.options(GetParam(), "fused"));
  const auto x = at::randn({c.B, c.T, c.D});
  const auto expected = layer->forward(x).output.detach();
  std::vector<std::thread> threads;
  for (int k = 0; k < 4; ++k) {
    threads.emplace_back([&] {
      for (int repeat = 0; repeat < 50; ++repeat) {
        const torch::NoGradGuard no_grad;
        EXPECT_TRUE(layer->forward(x).output.equal(expected));
      }
    });
  }
  for (auto& thread : threads) thread.join();
}

}  // namespace
}  // namespace recur::this_file
