// The fused engine against the reference engine: values and all gradients, for every cell that it can run.
#include "models/engine/fused.h"

#include <functional>
#include <sstream>
#include <thread>

#include <ATen/Parallel.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>
#include <torch/autograd.h>
#include <torch/cuda.h>
#include <torch/optim/sgd.h>
#include <torch/serialize.h>

#include <fmt/format.h>
#include <hwy/targets.h>

#include "core/error.h"
#include "models/engine/cuda/step.h"
#include "tests/conformance/cells.h"

namespace recur {
namespace {

using torch::Tensor;

struct Case {
  int64_t T, B, D, H, layers = 1;
  bool bidirectional = false, bias = true, ragged = false, recompute = false;
  std::string text() const {
    return fmt::format("T {} B {} D {} H {} layers {} bidirectional {} bias {} ragged {} recompute {}", T, B, D, H,
                       layers, bidirectional, bias, ragged, recompute);
  }
};

struct Outcome {
  std::vector<Tensor> values, gradients;
};

RecurrentOptions options_for(const std::string& cell, const Case& c, const std::string& engine) {
  return {.cell = cell,
          .hidden_size = c.H,
          .num_layers = c.layers,
          .bidirectional = c.bidirectional,
          .bias = c.bias,
          .engine = engine,
          .recompute = c.recompute};
}

/// Forward from random states, and the gradients of a random weighting of all that comes out.
Outcome run(const std::string& cell, const Case& c, const std::string& engine, torch::ScalarType dtype) {
  torch::manual_seed(3);
  Recurrent layer(c.D, options_for(cell, c, engine));
  layer->to(dtype);
  auto x = at::randn({c.B, c.T, c.D}).to(dtype).requires_grad_();
  std::optional<Tensor> lengths;
  if (c.ragged) {
    lengths = at::randint(1, c.T + 1, {c.B}, torch::kInt64);
    (*lengths)[0] = 1;
  }
  std::vector<Tensor> inputs = {x}, initial;
  for (size_t s = 0; s < layer->cell().states.size(); ++s) {
    initial.push_back(at::randn({c.layers * layer->directions(), c.B, c.H}).to(dtype).requires_grad_());
    inputs.push_back(initial.back());
  }
  for (const auto& p : layer->parameters()) inputs.push_back(p);
  const auto out = layer->forward(x, lengths, initial);
  Outcome outcome;
  outcome.values = {out.output};
  outcome.values.insert(outcome.values.end(), out.state.begin(), out.state.end());
  Tensor sum = at::zeros({}, torch::TensorOptions().dtype(dtype));
  for (const auto& value : outcome.values) sum = sum + (value * at::randn(value.sizes()).to(dtype)).sum();
  sum.backward();
  for (const auto& input : inputs) outcome.gradients.push_back(input.grad());
  return outcome;
}

/// Largest difference, relative to the tensor's largest value (or 1).
double relative(const Tensor& a, const Tensor& b) {
  return difference(a, b) / std::max(1.0, b.abs().max().item<double>());
}

/// Both engines in f32 against the reference in f64: the fused one may be as far off as single precision is.
void compare(const std::string& cell, const Case& c) {
  const auto exact = run(cell, c, "reference", torch::kFloat64), plain = run(cell, c, "reference", torch::kFloat32),
             fused = run(cell, c, "fused", torch::kFloat32);
  const auto close = [&](const std::vector<Tensor>& ours, const std::vector<Tensor>& theirs,
                         const std::vector<Tensor>& truth, const char* what) {
    for (size_t k = 0; k < truth.size(); ++k) {
      ASSERT_EQ(ours[k].sizes(), truth[k].sizes());
      const double allowed = 2e-6 + 4 * relative(theirs[k], truth[k]);
      EXPECT_LE(relative(ours[k], truth[k]), allowed) << cell << " " << what << " " << k << " " << c.text();
    }
  };
  close(fused.values, plain.values, exact.values, "value");
  close(fused.gradients, plain.gradients, exact.gradients, "gradient");
}

class FusedCell : public testing::TestWithParam<std::string> {};

void by_every_instruction_set(const std::function<void()>& check) {
  for (int64_t left = hwy::SupportedTargets(); left != 0; left &= left - 1) {
    const int64_t target = left & -left;
    SCOPED_TRACE(hwy::TargetName(target));
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(target);
    check();
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(hwy::SupportedTargets());
}

TEST_P(FusedCell, IsTheReferenceAtSizesThatFillNoVector) {
  for (const int64_t H : {1, 3, 17, 33, 64}) {
    for (const int64_t B : {1, 2, 5}) compare(GetParam(), {.T = 3, .B = B, .D = 4, .H = H});
  }
  compare(GetParam(), {.T = 2, .B = 3, .D = 8, .H = 650});
  for (const int64_t B : {2, 64}) compare(GetParam(), {.T = 200, .B = B, .D = 3, .H = 17});
  compare(GetParam(), {.T = 1, .B = 64, .D = 5, .H = 20});
}

TEST_P(FusedCell, IsTheReferenceInLayersBothWaysAndRagged) {
  for (const bool bias : {true, false}) {
    for (const bool ragged : {false, true}) {
      compare(GetParam(),
              {.T = 7, .B = 6, .D = 5, .H = 19, .layers = 2, .bidirectional = true, .bias = bias, .ragged = ragged});
    }
  }
}

TEST_P(FusedCell, IsTheReferenceOnTwoThreadsAndGivesTheSameBits) {
  const int before = at::get_num_threads();
  at::set_num_threads(2);
  // Shares of the batch, and where it is small shares of the units.
  for (const Case& c :
       {Case{.T = 20, .B = 9, .D = 40, .H = 100, .ragged = true}, Case{.T = 9, .B = 64, .D = 10, .H = 130},
        Case{.T = 7, .B = 3, .D = 24, .H = 300, .bidirectional = true, .ragged = true},
        Case{.T = 12, .B = 1, .D = 3, .H = 650}}) {
    compare(GetParam(), c);
    const auto one = run(GetParam(), c, "fused", torch::kFloat32), two = run(GetParam(), c, "fused", torch::kFloat32);
    for (size_t k = 0; k < one.gradients.size(); ++k) {
      EXPECT_TRUE(one.gradients[k].equal(two.gradients[k])) << k << " " << c.text();
    }
  }
  at::set_num_threads(before);
}

TEST_P(FusedCell, MayComputeTheGatesAgainInTheBackwardPass) {
  const int before = at::get_num_threads();
  for (const int threads : {1, 2}) {
    at::set_num_threads(threads);
    for (const int64_t B : {2, 11}) {
      compare(GetParam(),
              {.T = 30, .B = B, .D = 9, .H = 200, .bidirectional = true, .ragged = true, .recompute = true});
    }
  }
  at::set_num_threads(before);
}

TEST_P(FusedCell, RunsWithoutGradientsAndOnInputOfAnyStrides) {
  const Case c{.T = 4, .B = 3, .D = 5, .H = 18};
  Recurrent layer(c.D, options_for(GetParam(), c, "fused"));
  const auto x = at::randn({c.D, c.T, c.B}).permute({2, 1, 0});
  const auto expected = layer->forward(x.contiguous()).output.detach();
  EXPECT_TRUE(layer->forward(x).output.detach().allclose(expected, 1e-6, 1e-6));
  {
    torch::NoGradGuard no_grad;
    EXPECT_TRUE(layer->forward(x).output.allclose(expected, 1e-6, 1e-6));
  }
  c10::InferenceMode inference;
  EXPECT_TRUE(layer->forward(x).output.allclose(expected, 1e-6, 1e-6));
}

TEST_P(FusedCell, PassesNotANumberAndInfinityOn) {
  const Case c{.T = 3, .B = 2, .D = 3, .H = 5};
  torch::manual_seed(1);
  Recurrent fused(c.D, options_for(GetParam(), c, "fused"));
  torch::manual_seed(1);
  Recurrent reference(c.D, options_for(GetParam(), c, "reference"));
  by_every_instruction_set([&] {
    for (const double value : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
                               -std::numeric_limits<double>::infinity(), 1e30}) {
      auto x = at::randn({c.B, c.T, c.D});
      x[1][1][0] = value;
      EXPECT_TRUE(fused->forward(x).output.allclose(reference->forward(x).output, 1e-5, 1e-6, /*equal_nan=*/true))
          << value << "\n"
          << fused->forward(x).output << reference->forward(x).output;
    }
  });
}

TEST_P(FusedCell, CanBeDifferentiatedTwice) {
  const Case c{.T = 3, .B = 2, .D = 3, .H = 4};
  std::vector<Tensor> second;
  for (const std::string engine : {"reference", "fused"}) {
    torch::manual_seed(2);
    Recurrent layer(c.D, options_for(GetParam(), c, engine));
    const auto x = at::randn({c.B, c.T, c.D}).requires_grad_();
    const auto first = torch::autograd::grad({layer->forward(x).output.square().sum()}, {x}, {}, true, true)[0];
    first.square().sum().backward();
    second.push_back(layer->parameters()[0].grad());
  }
  EXPECT_GT(second[0].abs().max().item<double>(), 0);
  EXPECT_LT(relative(second[1], second[0]), 1e-5);
}

TEST_P(FusedCell, IsTheReferenceByEveryInstructionSetOfThisMachine) {
  by_every_instruction_set([] {
    compare(GetParam(), {.T = 5, .B = 7, .D = 6, .H = 37, .ragged = true});
    compare(GetParam(), {.T = 3, .B = 13, .D = 33, .H = 16});
  });
}

TEST_P(FusedCell, CanBeDifferentiatedTwiceAcrossCallsThatCarryTheState) {
  const Case c{.T = 3, .B = 2, .D = 3, .H = 4};
  std::vector<Tensor> found;
  for (const std::string engine : {"reference", "fused"}) {
    torch::manual_seed(2);
    Recurrent layer(c.D, options_for(GetParam(), c, engine));
    const auto x = at::randn({c.B, c.T, c.D}).requires_grad_();
    const auto first = layer->forward(x);
    const auto second = layer->forward(x, {}, first.state);
    const auto gradients = torch::autograd::grad({second.output.square().sum()}, layer->parameters(), {}, true, true);
    found.push_back(gradients[0]);
    found.push_back(torch::autograd::grad({gradients[1].square().sum()}, {x})[0]);
  }
  EXPECT_LT(relative(found[2], found[0]), 1e-5);
  EXPECT_LT(relative(found[3], found[1]), 1e-5);
}

/// The packed weights are kept between calls: none may outlive a change of the parameters.
TEST_P(FusedCell, SeesWeightsThatAreChanged) {
  const Case c{.T = 2, .B = 2, .D = 3, .H = 64, .layers = 2, .bidirectional = true};
  torch::manual_seed(6);
  Recurrent layer(c.D, options_for(GetParam(), c, "fused")), other(c.D, options_for(GetParam(), c, "reference"));
  const auto x = at::randn({c.B, c.T, c.D});
  const auto copy = [&](const Recurrent& from, const Recurrent& to) {
    const torch::NoGradGuard no_grad;
    for (const auto& p : from->named_parameters()) to->named_parameters()[p.key()].copy_(p.value());
  };
  const auto are_equal = [&](const char* when) {
    SCOPED_TRACE(when);
    const auto ours = layer->forward(x).output, theirs = other->forward(x).output;
    EXPECT_LT(relative(ours, theirs), 1e-5);
    for (auto [model, output] : {std::pair(layer, ours), std::pair(other, theirs)}) {
      model->zero_grad();
      output.square().sum().backward();
    }
    for (const auto& p : layer->named_parameters()) {
      EXPECT_LT(relative(p.value().grad(), other->named_parameters()[p.key()].grad()), 1e-5) << p.key();
    }
  };
  copy(other, layer);
  are_equal("at first");

  torch::optim::SGD optimizer(layer->parameters(), torch::optim::SGDOptions(0.5));
  optimizer.step();
  copy(layer, other);
  are_equal("after a step of the optimizer");

  Recurrent loaded(c.D, options_for(GetParam(), c, "fused"));
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
    Recurrent born_here(c.D, options_for(GetParam(), c, "fused"));
    born_here->forward(x);
    copy(other, born_here);
    EXPECT_LT(relative(born_here->forward(x).output, other->forward(x).output), 1e-5);
  }
}

TEST_P(FusedCell, GivesOneThreadWhatItGivesAnother) {
  const Case c{.T = 5, .B = 3, .D = 4, .H = 20};
  Recurrent layer(c.D, options_for(GetParam(), c, "fused"));
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

INSTANTIATE_TEST_SUITE_P(Catalog, FusedCell, testing::ValuesIn(cells_that_fuse()),
                         [](const auto& info) { return info.param; });

TEST(Fused, IsRefusedWhereItCannotRun) {
  EXPECT_THROW(Recurrent(3, RecurrentOptions{.cell = "gru_cho", .engine = "fused"}), ConfigError);
  Recurrent layer(3, RecurrentOptions{.cell = "lstm", .engine = "fused"});
  layer->to(torch::kFloat64);
  EXPECT_THROW(layer->forward(at::randn({1, 2, 3}, torch::kFloat64)), Error);
  Recurrent automatic(3, RecurrentOptions{.cell = "lstm"});
  automatic->to(torch::kFloat64);
  EXPECT_NO_THROW(automatic->forward(at::randn({1, 2, 3}, torch::kFloat64)));
}

TEST(Fused, IsTheReferenceOnAGpu) {
  if (!torch::cuda::is_available()) GTEST_SKIP() << "needs a GPU";
  if (!engine::cuda::has_device_kernels()) GTEST_SKIP() << "needs a build with nvcc";
  for (const auto& cell : cells_that_fuse()) {
    for (const bool ragged : {false, true}) {
      const Case c{.T = 9, .B = 6, .D = 5, .H = 35, .layers = 2, .bidirectional = true, .ragged = ragged};
      torch::manual_seed(3);
      Recurrent on_cpu(c.D, options_for(cell, c, "reference")), on_gpu(c.D, options_for(cell, c, "fused"));
      {
        const torch::NoGradGuard no_grad;
        for (const auto& p : on_cpu->named_parameters()) on_gpu->named_parameters()[p.key()].copy_(p.value());
      }
      on_gpu->to(torch::kCUDA);
      const auto x = at::randn({c.B, c.T, c.D}), weights = at::randn({c.B, c.T, 2 * c.H});
      std::optional<Tensor> lengths;
      if (ragged) lengths = at::randint(1, c.T + 1, {c.B}, torch::kInt64);
      const auto plain = on_cpu->forward(x, lengths).output, fused = on_gpu->forward(x.cuda(), lengths).output;
      EXPECT_LT(difference(fused.cpu(), plain), 1e-5) << cell;
      (plain * weights).sum().backward();
      (fused * weights.cuda()).sum().backward();
      for (const auto& p : on_cpu->named_parameters()) {
        EXPECT_LT(relative(on_gpu->named_parameters()[p.key()].grad().cpu(), p.value().grad()), 1e-5)
            << cell << " " << p.key();
      }
    }
  }
}

}  // namespace
}  // namespace recur
