// What a probe sees of recurrent layers is what torch's own equations say, and the gradient's way back through time is
// autograd's.
#include "models/sequence/cell_trace.h"

#include <cmath>

#include <ATen/ATen.h>
#include <torch/autograd.h>

#include <gtest/gtest.h>

#include "models/engine/gate_values.h"
#include "models/sequence/recurrent.h"

namespace recur::this_file {
namespace {

using torch::Tensor;

constexpr int64_t T = 5, D = 3, H = 4;

/// Gates and states [T, H] of one layer by torch's operations.
struct Expected {
  std::vector<Tensor> gates, states;
};

using Weights = torch::OrderedDict<std::string, Tensor>;

/// Products of all gates at one step: W x + b and U h + c, cut into `gates` pieces.
std::pair<std::vector<Tensor>, std::vector<Tensor>> products(const Weights& w, const std::string& suffix, int64_t gates,
                                                             const Tensor& x, const Tensor& h) {
  return {(at::mv(w["weight_ih" + suffix], x) + w["bias_ih" + suffix]).chunk(gates),
          (at::mv(w["weight_hh" + suffix], h) + w["bias_hh" + suffix]).chunk(gates)};
}

Expected lstm_by_hand(const Weights& w, const std::string& suffix, const Tensor& x, bool reverse) {
  Expected all{.gates = std::vector<Tensor>(4, at::zeros({x.size(0), H}, x.options())),
               .states = std::vector<Tensor>(2, at::zeros({x.size(0), H}, x.options()))};
  for (auto& t : all.gates) t = t.clone();
  for (auto& t : all.states) t = t.clone();
  Tensor h = at::zeros({H}, x.options()), c = h;
  for (int64_t k = 0; k < x.size(0); ++k) {
    const int64_t t = reverse ? x.size(0) - 1 - k : k;
    const auto [a, b] = products(w, suffix, 4, x[t], h);
    const auto i = at::sigmoid(a[0] + b[0]), f = at::sigmoid(a[1] + b[1]), g = at::tanh(a[2] + b[2]),
               o = at::sigmoid(a[3] + b[3]);
    c = f * c + i * g;
    h = o * at::tanh(c);
    for (const auto& [to, from] : {std::pair{all.gates[0], i},
                                   {all.gates[1], f},
                                   {all.gates[2], g},
                                   {all.gates[3], o},
                                   {all.states[0], h},
                                   {all.states[1], c}}) {
      to[t].copy_(from);
    }
  }
  return all;
}

Expected gru_by_hand(const Weights& w, const std::string& suffix, const Tensor& x) {
  std::vector<Tensor> r, z, n, hs;
  Tensor h = at::zeros({H}, x.options());
  for (int64_t t = 0; t < x.size(0); ++t) {
    const auto [a, b] = products(w, suffix, 3, x[t], h);
    r.push_back(at::sigmoid(a[0] + b[0]));
    z.push_back(at::sigmoid(a[1] + b[1]));
    n.push_back(at::tanh(a[2] + r.back() * b[2]));
    hs.push_back(h = (1 - z.back()) * n.back() + z.back() * h);
  }
  return {.gates = {at::stack(r), at::stack(z), at::stack(n)}, .states = {at::stack(hs)}};
}

void expect_trace(const CellTrace& got, const Expected& expected, const std::string& of) {
  ASSERT_EQ(got.gates.size(), expected.gates.size());
  ASSERT_EQ(got.states.size(), expected.states.size());
  for (size_t k = 0; k < expected.gates.size(); ++k) {
    EXPECT_TRUE(at::allclose(got.gates[k], expected.gates[k].to(at::kDouble), 0, 1e-6)) << of << ", gate " << k;
  }
  for (size_t s = 0; s < expected.states.size(); ++s) {
    EXPECT_TRUE(at::allclose(got.states[s], expected.states[s].to(at::kDouble), 0, 1e-6)) << of << ", state " << s;
  }
}

Recurrent make(const std::string& cell, int64_t layers = 1, bool bidirectional = false) {
  torch::manual_seed(3);
  return Recurrent(
      D, RecurrentOptions{.cell = cell, .hidden_size = H, .num_layers = layers, .bidirectional = bidirectional});
}

TEST(CellTrace, OfAStackedLstmOfTwoDirectionsIsTorchsEquations) {
  torch::NoGradGuard no_grad;
  auto layers = make("lstm", 2, true);
  const auto x = torch::randn({1, T, D});
  RecurrentProbe probe;
  layers->forward(x);
  const auto readings = probe.readings();
  ASSERT_EQ(readings.size(), 4U);
  const auto w = layers->named_parameters();
  const auto forward = lstm_by_hand(w, "_l0", x[0], false), backward = lstm_by_hand(w, "_l0_reverse", x[0], true);
  const auto above = at::cat({forward.states[0], backward.states[0]}, 1);
  expect_trace(trace_cell(readings[0]), forward, "layer 0");
  expect_trace(trace_cell(readings[1]), backward, "layer 0, reverse");
  expect_trace(trace_cell(readings[2]), lstm_by_hand(w, "_l1", above, false), "layer 1");
  expect_trace(trace_cell(readings[3]), lstm_by_hand(w, "_l1_reverse", above, true), "layer 1, reverse");
  EXPECT_TRUE(readings[3].reverse);
}

TEST(CellTrace, OfAGruIsTorchsEquations) {
  torch::NoGradGuard no_grad;
  auto layer = make("gru");
  const auto x = torch::randn({1, T, D});
  RecurrentProbe probe;
  layer->forward(x);
  expect_trace(trace_cell(probe.readings().at(0)), gru_by_hand(layer->named_parameters(), "_l0", x[0]), "gru");
}

TEST(CellTrace, OfEveryCellGivesWhatTheLayerGives) {
  torch::NoGradGuard no_grad;
  for (const auto& cell : engine::all_cells()) {
    if (cell.program.uses_raw_input()) continue;
    auto layer = make(cell.text.name);
    const auto x = torch::randn({1, T, D});
    RecurrentProbe probe;
    const auto made = layer->forward(x);
    const auto trace = trace_cell(probe.readings().at(0));
    EXPECT_TRUE(at::allclose(trace.states[0], made.output[0].to(at::kDouble), 0, 1e-5)) << cell.text.name;
    for (const auto& gate : trace.gates) {
      ASSERT_TRUE(gate.defined()) << cell.text.name;
      EXPECT_EQ(gate.sizes(), at::IntArrayRef({T, H})) << cell.text.name;
    }
  }
}

TEST(RecurrentProbe, SeesTheLongestSequenceOfABatch) {
  torch::NoGradGuard no_grad;
  auto layer = make("lstm", 1, true);
  const auto x = torch::randn({3, T, D});
  RecurrentProbe probe;
  layer->forward(x, torch::tensor({2, 4, 3}));
  const auto readings = probe.readings();
  ASSERT_EQ(readings.size(), 2U);
  for (const auto& reading : readings) EXPECT_TRUE(reading.x.equal(x[1].narrow(0, 0, 4)));
}

TEST(RecurrentProbe, GoesOnWithStepsThatFollowAndLeavesOthersOut) {
  torch::NoGradGuard no_grad;
  auto layers = make("gru", 2);
  const auto x = torch::randn({1, T, D});
  RecurrentProbe probe;
  auto state = layers->forward(x.narrow(1, 0, 2)).state;
  layers->forward(torch::randn({1, 3, D}));  // another sequence
  auto steps = layers->steps();
  for (int64_t t = 2; t < T; ++t) state = steps.step(x.select(1, t), state);
  const auto readings = probe.readings();
  ASSERT_EQ(readings.size(), 2U);
  EXPECT_TRUE(readings[0].x.equal(x[0]));
  EXPECT_TRUE(at::allclose(trace_cell(readings[1]).states[0][T - 1], state[0][1][0].to(at::kDouble), 0, 1e-6));
}

TEST(RecurrentProbe, IsOverWhenItsScopeEnds) {
  EXPECT_EQ(RecurrentProbe::active(), nullptr);
  {
    const RecurrentProbe outer;
    {
      const RecurrentProbe inner;
      EXPECT_EQ(RecurrentProbe::active(), &inner);
    }
    EXPECT_EQ(RecurrentProbe::active(), &outer);
  }
  EXPECT_EQ(RecurrentProbe::active(), nullptr);
}

LayerReading reading_of(Recurrent& layer, const Tensor& x, bool reverse = false) {
  RecurrentProbe probe;
  layer->forward(x);
  return probe.readings().at(reverse ? 1 : 0);
}

/// d h_T / d (the whole state behind step t), by central differences of the reference engine.
Tensor jacobian_by_differences(const LayerReading& reading, int64_t t) {
  constexpr double kStep = 1e-6;
  const auto weights = [&] {
    auto p = reading.parameters;
    for (auto* w : {&p.weight_ih, &p.weight_hh, &p.bias_ih, &p.bias_hh}) *w = w->detach().to(at::kDouble);
    return p;
  }();
  const auto x = reading.x.to(at::kDouble);
  const auto last_from = [&](const std::vector<Tensor>& state) {
    const int64_t left = T - 1 - t;
    if (left == 0) return state.front();
    const engine::PackedSequences rest{.data = x.narrow(0, t + 1, left), .rows = std::vector<int64_t>(left, 1)};
    return reading.cell->run(weights, rest, state, false).state.front();
  };
  std::vector<Tensor> zero(reading.initial.size(), at::zeros({1, H}, at::kDouble));
  const engine::PackedSequences first{.data = x.narrow(0, 0, t + 1), .rows = std::vector<int64_t>(t + 1, 1)};
  const auto state = reading.cell->run(weights, first, zero, false).state;
  std::vector<Tensor> columns;
  for (size_t s = 0; s < state.size(); ++s) {
    for (int64_t k = 0; k < H; ++k) {
      auto up = state, down = state;
      up[s] = state[s].clone();
      down[s] = state[s].clone();
      up[s][0][k] += kStep;
      down[s][0][k] -= kStep;
      columns.push_back((last_from(up) - last_from(down))[0] / (2 * kStep));
    }
  }
  return at::stack(columns, 1);
}

TEST(GradientFlow, IsTheNormOfTheJacobianThroughTime) {
  torch::NoGradGuard no_grad;
  for (const auto* cell : {"rnn", "lstm", "gru"}) {
    auto layer = make(cell);
    const auto reading = reading_of(layer, torch::randn({1, T, D}));
    const auto flow = gradient_flow(reading, H);
    ASSERT_EQ(flow.sizes(), at::IntArrayRef({T}));
    EXPECT_DOUBLE_EQ(flow[T - 1].item<double>(), 1.0) << cell;
    for (int64_t t = 0; t < T; ++t) {
      const auto expected = (jacobian_by_differences(reading, t).pow(2).sum() / static_cast<double>(H)).sqrt();
      EXPECT_NEAR(flow[t].item<double>(), expected.item<double>(), 1e-7) << cell << ", step " << t;
    }
  }
}

TEST(GradientFlow, OfAReverseLayerEndsAtTheFirstStep) {
  torch::NoGradGuard no_grad;
  auto layer = make("lstm", 1, true);
  const auto x = torch::randn({1, T, D});
  const auto flow = gradient_flow(reading_of(layer, x, true));
  EXPECT_DOUBLE_EQ(flow[0].item<double>(), 1.0);
  EXPECT_LT(flow[T - 1].item<double>(), 1.0);
}

TEST(GradientFlow, OfAnLstmIsAsOpenForgetGatesAre) {
  torch::manual_seed(5);
  auto layer = make("rnn");
  const auto reading = reading_of(layer, torch::randn({1, 40, D}));
  // Of what is left 20 steps back, the share that is left 20 steps further: far back the cell state alone carries it.
  const auto left = [&](double forget_bias) {
    const auto flow = gradient_flow(untrained(reading, "lstm", forget_bias));
    return (flow[0] / flow[20]).item<double>();
  };
  EXPECT_LT(left(-3), 1e-15);
  EXPECT_NEAR(left(5), std::pow(at::sigmoid(torch::tensor(5.0)).item<double>(), 20), 0.15);
  const auto fresh = untrained(reading, "lstm", 1);
  EXPECT_EQ(fresh.initial.size(), 2U);
  EXPECT_EQ(fresh.parameters.weight_hh.sizes(), at::IntArrayRef({4 * H, H}));
}

TEST(GateValues, OfALinearGateAreTheSumOfItsMaps) {
  using engine::Op;
  const auto& lstm = engine::find_cell("lstm").program;
  const auto values = engine::gate_values(lstm);
  ASSERT_EQ(values.size(), 4U);
  EXPECT_EQ(lstm.instructions[values[1].value].op, Op::kSigmoid);
  EXPECT_EQ(lstm.instructions[values[2].value].op, Op::kTanh);
  engine::Program linear;  // h' = h + (W.a(x) + U.a(h))
  linear.gates = linear.states = 1;
  const auto h = linear.append({Op::kState, 0}), x = linear.append({Op::kInput});
  const auto sum =
      linear.append({Op::kAdd, linear.append({Op::kInputMap, 0, x}), linear.append({Op::kStateMap, 0, h})});
  linear.next_state[0] = linear.append({Op::kAdd, h, sum});
  const auto found = engine::gate_values(linear);
  EXPECT_EQ(found.at(0).value, sum);
  EXPECT_FALSE(found.at(0).has_activation);
}

}  // namespace
}  // namespace recur::this_file
