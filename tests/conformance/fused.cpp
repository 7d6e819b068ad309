// The fused engine against the reference engine: values and all gradients, for every cell that it can run.
#include "models/engine/fused.h"

#include <functional>

#include <ATen/Parallel.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>
#include <torch/autograd.h>
#include <torch/cuda.h>

#include <hwy/targets.h>

#include "core/error.h"
#include "models/engine/cuda/step.h"
#include "models/engine/make_cell_type.h"
#include "tests/conformance/fused_cell.h"

namespace recur::this_file {
namespace {

using torch::Tensor;

struct Outcome {
  std::vector<Tensor> values, gradients;
};

/// Forward from random states, and the gradients of a random weighting of all that comes out.
Outcome run(const std::string& cell, const FusedCase& c, const std::string& engine, torch::ScalarType dtype) {
  torch::manual_seed(3);
  Recurrent layer(c.D, c.options(cell, engine));
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

/// Both engines in f32 against the reference in f64: the fused one may be as far off as single precision is.
void compare(const std::string& cell, const FusedCase& c) {
  const auto exact = run(cell, c, "reference", torch::kFloat64), plain = run(cell, c, "reference", torch::kFloat32),
             fused = run(cell, c, "fused", torch::kFloat32);
  const auto close = [&](const std::vector<Tensor>& ours, const std::vector<Tensor>& theirs,
                         const std::vector<Tensor>& truth, const char* what) {
    for (size_t k = 0; k < truth.size(); ++k) {
      ASSERT_EQ(ours[k].sizes(), truth[k].sizes());
      const double allowed = 2e-6 + 4 * relative_difference(theirs[k], truth[k]);
      EXPECT_LE(relative_difference(ours[k], truth[k]), allowed) << cell << " " << what << " " << k << " " << c.text();
    }
  };
  close(fused.values, plain.values, exact.values, "value");
  close(fused.gradients, plain.gradients, exact.gradients, "gradient");
}

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
  for (const FusedCase& c :
       {FusedCase{.T = 20, .B = 9, .D = 40, .H = 100, .ragged = true}, FusedCase{.T = 9, .B = 64, .D = 10, .H = 130},
        FusedCase{.T = 7, .B = 3, .D = 24, .H = 300, .bidirectional = true, .ragged = true},
        FusedCase{.T = 12, .B = 1, .D = 3, .H = 650}}) {
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
  const FusedCase c{.T = 4, .B = 3, .D = 5, .H = 18};
  Recurrent layer(c.D, c.options(GetParam(), "fused"));
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
  const FusedCase c{.T = 3, .B = 2, .D = 3, .H = 5};
  torch::manual_seed(1);
  Recurrent fused(c.D, c.options(GetParam(), "fused"));
  torch::manual_seed(1);
  Recurrent reference(c.D, c.options(GetParam(), "reference"));
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

TEST_P(FusedCell, IsTheReferenceByEveryInstructionSetOfThisMachine) {
  by_every_instruction_set([] {
    compare(GetParam(), {.T = 5, .B = 7, .D = 6, .H = 37, .ragged = true});
    compare(GetParam(), {.T = 3, .B = 13, .D = 33, .H = 16});
  });
}

INSTANTIATE_TEST_SUITE_P(Catalog, FusedCell, testing::ValuesIn(cells_that_fuse()),
                         [](const auto& info) { return info.param; });

/// Reads x other than through W.
struct AddsItsInput {
  static constexpr cells::CellText kText{.name = "adds_its_input", .title = "", .citation = "", .equations = ""};
  template <class M>
  struct Gates {
    M a;
  };
  template <class T>
  struct State {
    T h;
  };
  template <class T>
  static constexpr State<T> step(const Gates<cells::Map<T>>& W, const Gates<cells::Map<T>>& U, const T& x,
                                 const State<T>& prev) {
    return {.h = x + tanh(W.a(x) + U.a(prev.h))};
  }
};

TEST(Fused, IsRefusedWhereItCannotRun) {
  engine::add_cell(engine::make_cell_type<AddsItsInput>([] { return engine::cpu::StepKernels{}; }));
  EXPECT_THROW(Recurrent(3, RecurrentOptions{.cell = "adds_its_input", .hidden_size = 3, .engine = "fused"}),
               ConfigError);
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
  for (const auto& cell : cells_that_fuse_on_a_gpu()) {
    for (const bool ragged : {false, true}) {
      const FusedCase c{.T = 9, .B = 6, .D = 5, .H = 35, .layers = 2, .bidirectional = true, .ragged = ragged};
      torch::manual_seed(3);
      Recurrent on_cpu(c.D, c.options(cell, "reference")), on_gpu(c.D, c.options(cell, "fused"));
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
        EXPECT_LT(relative_difference(on_gpu->named_parameters()[p.key()].grad().cpu(), p.value().grad()), 1e-5)
            << cell << " " << p.key();
      }
    }
  }
}

}  // namespace
}  // namespace recur::this_file
