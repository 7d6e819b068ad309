// What every cell of the catalog must do, whatever its equations.
#include <sstream>

#include <ATen/ops/cat.h>
#include <ATen/ops/randn.h>
#include <torch/autograd.h>
#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/serialization/import.h>

#include <fmt/format.h>

#include "models/sequence/torchscript.h"
#include "tests/conformance/cells.h"

namespace recur::this_file {
namespace {

using torch::Tensor;

constexpr int64_t T = 6, B = 3, D = 4, H = 4;  // D == H, so that cells that add their input to their state fit too

Recurrent make_layer(const std::string& cell, int64_t layers, bool bidirectional, bool bias = true,
                     torch::ScalarType dtype = torch::kFloat64) {
  torch::manual_seed(11);
  Recurrent layer(
      D, RecurrentOptions{
             .cell = cell, .hidden_size = H, .num_layers = layers, .bidirectional = bidirectional, .bias = bias});
  layer->to(dtype);
  return layer;
}

Tensor random(at::IntArrayRef shape, torch::ScalarType dtype = torch::kFloat64) {
  return torch::randn(shape, options_of(dtype));
}

std::vector<Tensor> random_state(const Recurrent& layer, int64_t batch = B) {
  std::vector<Tensor> state;
  for (size_t s = 0; s < layer->cell().states.size(); ++s) {
    state.push_back(random({layer->options().num_layers * layer->directions(), batch, H},
                           layer->parameters().front().scalar_type()));
  }
  return state;
}

/// A scalar of all outputs whose gradient differs from element to element.
Tensor scalar_of(const RecurrentOutput& result) {
  Tensor sum = result.output.pow(2).sum() + result.output.sin().sum();
  for (const auto& state : result.state) sum = sum + state.pow(3).sum();
  return sum;
}

/// Central differences of `f` at every element of `leaf` against `gradient`.
void check_gradient(const Tensor& leaf, const Tensor& gradient, const std::function<double()>& f,
                    const std::string& name) {
  constexpr double kStep = 1e-6;
  torch::NoGradGuard no_grad;
  auto flat = leaf.view(-1);
  const auto expected = gradient.reshape(-1);
  for (int64_t i = 0; i < flat.numel(); ++i) {
    const double value = flat[i].item<double>();
    flat[i] = value + kStep;
    const double up = f();
    flat[i] = value - kStep;
    const double down = f();
    flat[i] = value;
    ASSERT_NEAR((up - down) / (2 * kStep), expected[i].item<double>(), 2e-7) << name << "[" << i << "]";
  }
}

TEST_P(EveryCell, GradientsAgreeWithFiniteDifferences) {
  auto layer = make_layer(GetParam(), 2, true);
  auto x = random({B, T, D}).requires_grad_();
  auto initial = random_state(layer);
  for (auto& s : initial) s.requires_grad_();
  const auto lengths = torch::tensor({4, 6, 1});
  const auto f = [&] { return scalar_of(layer->forward(x, lengths, initial)); };

  std::vector<Tensor> leaves = {x};
  std::vector<std::string> names = {"x"};
  leaves.insert(leaves.end(), initial.begin(), initial.end());
  names.resize(leaves.size(), "initial state");
  for (const auto& p : layer->named_parameters()) {
    leaves.push_back(p.value());
    names.push_back(p.key());
  }
  const auto gradients = torch::autograd::grad({f()}, leaves);
  for (size_t i = 0; i < leaves.size(); ++i) {
    check_gradient(
        leaves[i].detach(), gradients[i], [&] { return f().item<double>(); }, names[i]);
  }
}

TEST_P(EveryCell, IsTwiceDifferentiable) {
  auto layer = make_layer(GetParam(), 1, false);
  auto x = random({B, 3, D}).requires_grad_();
  const auto first = [&] {
    return torch::autograd::grad({scalar_of(layer->forward(x))}, {x}, {}, true, /*create_graph=*/true)[0].sin().sum();
  };
  const auto second = torch::autograd::grad({first()}, {x})[0];
  const auto value = [&] {
    torch::AutoGradMode grad(true);
    return first().item<double>();
  };
  check_gradient(x.detach(), second, value, "x");
}

TEST_P(EveryCell, StateCarriesFromOneCallToTheNext) {
  auto layer = make_layer(GetParam(), 3, false);
  const auto x = random({B, T, D});
  const auto whole = layer->forward(x);
  const auto first = layer->forward(x.slice(1, 0, 2));
  const auto second = layer->forward(x.slice(1, 2, T), {}, first.state);
  EXPECT_LE(difference(at::cat({first.output, second.output}, 1), whole.output), 1e-14);
  for (size_t s = 0; s < whole.state.size(); ++s) EXPECT_LE(difference(second.state[s], whole.state[s]), 1e-14);
}

TEST_P(EveryCell, RaggedBatchEqualsEachSequenceAlone) {
  auto layer = make_layer(GetParam(), 2, true);
  auto x = random({4, T, D});
  const auto initial = random_state(layer, 4);
  const std::vector<int64_t> lengths = {2, 6, 1, 6};
  const auto together = layer->forward(x, torch::tensor(lengths), initial);
  for (int64_t b = 0; b < 4; ++b) {
    std::vector<Tensor> own;
    for (const auto& s : initial) own.push_back(s.narrow(1, b, 1));
    const auto alone = layer->forward(x.narrow(0, b, 1).narrow(1, 0, lengths[b]), {}, own);
    EXPECT_LE(difference(together.output[b].narrow(0, 0, lengths[b]), alone.output[0]), 1e-14);
    for (size_t s = 0; s < initial.size(); ++s) {
      EXPECT_LE(difference(together.state[s].narrow(1, b, 1), alone.state[s]), 1e-14);
    }
    EXPECT_EQ(together.output[b].slice(0, lengths[b]).abs().sum().item<double>(), 0.0) << "padding must stay zero";
  }
  // What stands in the padding changes nothing, not even if it is not a number.
  x.index_put_({0, torch::indexing::Slice(2, torch::indexing::None)}, std::nan(""));
  EXPECT_TRUE(torch::equal(layer->forward(x, torch::tensor(lengths), initial).output, together.output));
}

TEST_P(EveryCell, TimeMajorIsBatchFirstTransposed) {
  auto layer = make_layer(GetParam(), 2, true);
  torch::manual_seed(11);
  Recurrent time_major(D, layer->options(), Layout::kTimeMajor);
  time_major->to(torch::kFloat64);
  const auto x = random({B, T, D});
  EXPECT_TRUE(torch::equal(layer->forward(x).output, time_major->forward(x.transpose(0, 1)).output.transpose(0, 1)));
}

TEST_P(EveryCell, CloneIsIndependent) {
  auto layer = make_layer(GetParam(), 1, false);
  const auto copy = std::dynamic_pointer_cast<RecurrentImpl>(layer->clone());
  const auto x = random({B, T, D});
  const auto before = layer->forward(x).output;
  EXPECT_TRUE(torch::equal(copy->forward(x).output, before));
  torch::NoGradGuard no_grad;
  copy->parameters()[0].add_(1.0);
  EXPECT_TRUE(torch::equal(layer->forward(x).output, before));
}

/// Our layer and its TorchScript, saved and loaded, on the same input.
double torchscript_difference(Recurrent& layer, int64_t steps, bool ragged) {
  const auto dtype = layer->parameters().front().scalar_type();
  torch::NoGradGuard no_grad;
  std::stringstream file;
  recurrent_to_torchscript(*layer).save(file);
  auto module = torch::jit::load(file);
  const auto x = random({B, steps, D}, dtype);
  const auto state = random_state(layer);
  const std::optional<Tensor> lengths =
      ragged ? std::optional(torch::tensor({steps, (steps + 1) / 2, int64_t{1}})) : std::nullopt;
  const auto ours = layer->forward(x, lengths, state);
  const auto theirs = module.forward({x, lengths, state}).toTuple();
  double worst = difference(theirs->elements()[0].toTensor(), ours.output);
  for (size_t s = 0; s < state.size(); ++s) {
    worst = std::max(worst, difference(theirs->elements()[1].toTensorVector()[s], ours.state[s]));
  }
  return worst;
}

TEST_P(EveryCell, TorchScriptComputesTheSame) {
  for (const auto dtype : {torch::kFloat32, torch::kFloat64}) {
    const double bar = dtype == torch::kFloat64 ? 1e-12 : 1e-5;
    for (const bool bidirectional : {false, true}) {
      for (const int64_t layers : {1, 3}) {
        for (const bool bias : {true, false}) {
          auto layer = make_layer(GetParam(), layers, bidirectional, bias, dtype);
          for (const int64_t steps : {1, 2, 50}) {
            EXPECT_LE(torchscript_difference(layer, steps, false), bar);
            EXPECT_LE(torchscript_difference(layer, steps, true), bar);
          }
        }
      }
    }
  }
}

TEST_P(EveryCell, TorchScriptStepCarriesTheState) {
  auto layer = make_layer(GetParam(), 2, false);
  torch::NoGradGuard no_grad;
  auto module = recurrent_to_torchscript(*layer);
  const auto x = random({B, T, D});
  const auto whole = layer->forward(x).output;
  torch::IValue state;
  for (int64_t t = 0; t < T; ++t) {
    const auto result = module.run_method("step", x.select(1, t), state).toTuple();
    EXPECT_LE(difference(result->elements()[0].toTensor(), whole.select(1, t)), 1e-12);
    state = result->elements()[1];
  }
}

TEST_P(EveryCell, SaysWhatItIs) {
  const auto& cell = engine::find_cell(GetParam());
  EXPECT_STRNE(cell.text.title, "");
  EXPECT_STRNE(cell.text.citation, "");
  EXPECT_EQ(cell.states.front(), "h");
  std::set<std::string> names;
  for (const auto* list : {&cell.gates, &cell.states, &cell.units}) {
    for (const auto& name : *list) EXPECT_TRUE(names.insert(name).second) << name << " stands for two things";
  }
}

std::vector<std::string> names() {
  return engine::cell_names();
}
INSTANTIATE_TEST_SUITE_P(Catalog, EveryCell, testing::ValuesIn(names()), cell_test_name);

}  // namespace
}  // namespace recur::this_file
