// A stack of layers that goes on step by step (RecurrentSteps) against the same stack over the whole sequence, for
// every cell, by both engines: values, all gradients, and how often they can be asked for.
#include <ATen/Parallel.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/autograd.h>

#include <fmt/format.h>

#include "core/error.h"
#include "tests/conformance/cells.h"

namespace recur::this_file {
namespace {

using torch::Tensor;

constexpr int64_t B = 5, T = 4, D = 6, L = 2;

struct Layers {
  Recurrent recurrent = nullptr;
  Tensor x;
  std::vector<Tensor> initial, inputs;  // inputs: whatever has a gradient

  Layers(const std::string& cell, const std::string& engine, int64_t H, torch::ScalarType dtype, bool bias = true) {
    torch::manual_seed(3);
    recurrent =
        Recurrent(D, RecurrentOptions{.cell = cell, .hidden_size = H, .num_layers = L, .bias = bias, .engine = engine});
    recurrent->to(dtype);
    x = at::randn({B, T, D}).to(dtype).requires_grad_();
    inputs = {x};
    for (size_t s = 0; s < recurrent->cell().states.size(); ++s) {
      initial.push_back(at::randn({L, B, H}).to(dtype).requires_grad_());
      inputs.push_back(initial.back());
    }
    for (const auto& parameter : recurrent->parameters()) inputs.push_back(parameter);
  }

  /// One number of all outputs, over the whole sequence.
  Tensor whole() {
    const auto out = recurrent->forward(x, {}, initial);
    return weighed(out.output, out.state);
  }

  /// The same step by step.
  Tensor by_steps() {
    auto steps = recurrent->steps();
    std::vector<Tensor> outputs, state = initial;
    for (int64_t t = 0; t < T; ++t) {
      state = steps.step(x.select(1, t), state);
      outputs.push_back(state[0][-1]);
    }
    return weighed(at::stack(outputs, 1), state);
  }

  static Tensor weighed(const Tensor& output, const std::vector<Tensor>& state) {
    torch::manual_seed(4);
    auto sum = (output * at::randn(output.sizes()).to(output.scalar_type())).sum();
    for (const auto& s : state) sum = sum + (s * at::randn(s.sizes()).to(s.scalar_type())).square().sum();
    return sum;
  }

  std::vector<Tensor> gradients(const Tensor& of, bool retain = false) const {
    return torch::autograd::grad({of}, inputs, {}, retain);
  }
};

void expect_close(const std::vector<Tensor>& got, const std::vector<Tensor>& expected, double tolerance,
                  const std::string& what) {
  ASSERT_EQ(got.size(), expected.size());
  for (size_t k = 0; k < got.size(); ++k) {
    const double scale = std::max(1.0, expected[k].abs().max().item<double>());
    EXPECT_LT(difference(got[k], expected[k]), tolerance * scale) << what << ", gradient " << k;
  }
}

class EveryCellStepByStep : public EveryCell {};

TEST_P(EveryCellStepByStep, IsTheSameAsOverTheWholeSequence) {
  for (const int64_t H : {6, 17, 33}) {
    if (engine::find_cell(GetParam()).program.uses_raw_input() && H != D) continue;
    for (const bool bias : {true, false}) {
      const auto expected = Layers(GetParam(), "reference", H, torch::kFloat64, bias);
      auto oracle = expected;
      const auto value = oracle.whole();
      const auto gradients = oracle.gradients(value);
      Layers exact(GetParam(), "auto", H, torch::kFloat64, bias);
      const auto in_double = exact.by_steps();
      EXPECT_NEAR(in_double.item<double>(), value.item<double>(), 1e-9);
      expect_close(exact.gradients(in_double), gradients, 1e-10, "f64");
      for (const int threads : {1, 2}) {
        const int before = at::get_num_threads();
        at::set_num_threads(threads);
        Layers fast(GetParam(), "auto", H, torch::kFloat32, bias);
        const auto in_float = fast.by_steps();
        EXPECT_NEAR(in_float.item<double>(), value.item<double>(), 1e-5 * std::abs(value.item<double>()) + 1e-5);
        expect_close(fast.gradients(in_float), gradients, 1e-5, fmt::format("f32, H {} threads {}", H, threads));
        at::set_num_threads(before);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Catalog, EveryCellStepByStep, testing::ValuesIn(engine::cell_names()), cell_test_name);

// The parameters' gradients are gathered while a backward pass runs: none of another pass may come along.
TEST(RecurrentSteps, GivesTheSameGradientsEachTimeTheyAreAskedFor) {
  Layers layers("gru", "fused", 8, torch::kFloat32);
  const auto value = layers.by_steps();
  const auto first = layers.gradients(value, /*retain=*/true);
  expect_close(layers.gradients(value, /*retain=*/true), first, 0.0 + 1e-12, "again");
  // Of x alone; what the steps would have noted must not be counted later.
  const auto of_x = torch::autograd::grad({value}, {layers.x}, {}, /*retain_graph=*/true);
  EXPECT_EQ(difference(of_x[0], first[0]), 0);
  expect_close(layers.gradients(value, /*retain=*/true), first, 1e-12, "behind a part");
  value.backward();
  for (size_t k = 0; k < first.size(); ++k) EXPECT_EQ(difference(layers.inputs[k].grad(), first[k]), 0);
}

TEST(RecurrentSteps, CanBeDifferentiatedTwice) {
  const auto second = [](const std::string& engine, torch::ScalarType dtype) {
    Layers layers("gru", engine, 6, dtype);
    const auto first = torch::autograd::grad({layers.by_steps()}, layers.inputs, {}, true, /*create_graph=*/true);
    auto sum = at::zeros({}, first[0].options());
    for (const auto& gradient : first) sum = sum + gradient.square().sum();
    return layers.gradients(sum);
  };
  expect_close(second("fused", torch::kFloat32), second("reference", torch::kFloat64), 1e-4, "second");
}

TEST(RecurrentSteps, LeavesFrozenWeightsAlone) {
  Layers layers("lstm", "fused", 8, torch::kFloat32);
  for (auto& parameter : layers.recurrent->parameters()) parameter.set_requires_grad(false);
  const auto of_x = torch::autograd::grad({layers.by_steps()}, {layers.x});
  Layers free("lstm", "fused", 8, torch::kFloat32);
  EXPECT_LT(difference(of_x[0], free.gradients(free.by_steps())[0]), 1e-6);
}

TEST(RecurrentSteps, SeesWeightsThatHaveChanged) {
  torch::NoGradGuard no_grad;
  Layers layers("gru", "fused", 8, torch::kFloat32);
  const auto before = layers.by_steps().item<double>();
  layers.recurrent->named_parameters()["weight_hh_l1"].data().mul_(2);
  EXPECT_NE(layers.by_steps().item<double>(), before);
  EXPECT_NEAR(layers.by_steps().item<double>(), layers.whole().item<double>(), 1e-3);
}

TEST(RecurrentSteps, HoldsItsMasksOverAllSteps) {
  torch::manual_seed(1);
  Recurrent layers(D, RecurrentOptions{.cell = "gru",
                                       .hidden_size = 8,
                                       .num_layers = 2,
                                       .dropout = 0.5,
                                       .variational_dropout = true,
                                       .weight_dropout = 0.5});
  layers->train();
  torch::NoGradGuard no_grad;
  const auto x = at::randn({B, D});
  const std::vector<Tensor> zeros = {at::zeros({2, B, 8})};
  auto steps = layers->steps();
  const auto once = steps.step(x, zeros)[0], again = steps.step(x, zeros)[0];
  EXPECT_EQ(difference(once, again), 0);
  EXPECT_GT(difference(layers->steps().step(x, zeros)[0], once), 1e-3);
}

TEST(RecurrentSteps, SaysThatItCannotBeFused) {
  Layers exact("gru", "fused", 8, torch::kFloat64);
  EXPECT_THROW(exact.recurrent->steps(), Error);
}

TEST(RecurrentSteps, GoesOneWayOnly) {
  Recurrent both(D, RecurrentOptions{.hidden_size = 8, .bidirectional = true});
  EXPECT_THROW(both->steps(), ShapeError);
}

}  // namespace
}  // namespace recur::this_file
