#include "models/sequence/cell_trace.h"

#include <algorithm>

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <torch/autograd.h>

#include "models/engine/evaluate.h"
#include "models/engine/gate_values.h"
#include "models/sequence/recurrent.h"

namespace recur {
namespace {

using torch::Tensor;
using Tensors = std::vector<Tensor>;

Tensor exact(const Tensor& t) {
  return t.defined() ? t.detach().to(torch::kCPU, torch::kFloat64) : t;
}

/// The same in f64 on the CPU.
LayerReading exact(const LayerReading& reading) {
  auto made = reading;
  auto& p = made.parameters;
  for (auto* t : {&p.weight_ih, &p.weight_hh, &p.bias_ih, &p.bias_hh, &made.x}) *t = exact(*t);
  for (auto& unit : p.units) unit = exact(unit);
  for (auto& state : made.initial) state = exact(state);
  return made;
}

/// Time steps in the order in which the layer takes them.
std::vector<int64_t> steps_of(const LayerReading& reading) {
  std::vector<int64_t> steps;
  const int64_t T = reading.x.size(0);
  for (int64_t k = 0; k < T; ++k) steps.push_back(reading.reverse ? T - 1 - k : k);
  return steps;
}

}  // namespace

CellTrace trace_cell(const LayerReading& given) {
  torch::NoGradGuard no_grad;
  const auto reading = exact(given);
  const auto& program = reading.cell->program;
  const auto gates = engine::gate_values(program);
  Tensors state;
  for (const auto& s : reading.initial) state.push_back(s.unsqueeze(0));
  const auto T = static_cast<size_t>(reading.x.size(0));
  std::vector<Tensors> of_gates(gates.size(), Tensors(T)), of_states(state.size(), Tensors(T));
  for (const int64_t t : steps_of(reading)) {
    const auto values = engine::evaluate(program, reading.parameters, reading.x.narrow(0, t, 1), state);
    for (size_t s = 0; s < state.size(); ++s) of_states[s][t] = state[s] = values[program.next_state[s]];
    for (size_t k = 0; k < gates.size(); ++k) {
      if (gates[k].value >= 0) of_gates[k][t] = values[gates[k].value];
    }
  }
  CellTrace trace;
  for (size_t k = 0; k < gates.size(); ++k) {
    trace.gates.push_back(gates[k].value >= 0 ? at::cat(of_gates[k]) : Tensor());
  }
  for (const auto& steps : of_states) trace.states.push_back(at::cat(steps));
  return trace;
}

Tensor gradient_flow(const LayerReading& given, int64_t units) {
  const torch::AutoGradMode with_gradient(true);
  const auto reading = exact(given);
  const int64_t H = reading.initial.front().size(0), K = std::min(units, H);
  // K copies of the sequence run side by side: the gradient of unit k's last output is that of copy k.
  Tensors state;
  for (const auto& s : reading.initial) state.push_back(s.expand({K, H}).clone().requires_grad_());
  Tensors handed_on;  // the states behind each step, in the order of steps
  for (const int64_t t : steps_of(reading)) {
    const engine::PackedSequences x{.data = reading.x[t].expand({K, -1}), .rows = {K}};
    state = reading.cell->run(reading.parameters, x, state, /*reverse=*/false).state;
    // A name of its own for what the next step receives: its gradient is that of this path alone.
    for (auto& s : state) handed_on.push_back(s = s.alias());
  }
  const auto picked = at::arange(K, torch::kInt64).mul(H).floor_divide(K);
  const auto last = state.front().gather(1, picked.unsqueeze(1)).sum();
  const auto gradients = torch::autograd::grad({last}, handed_on, {}, /*retain_graph=*/false, /*create_graph=*/false,
                                               /*allow_unused=*/true);
  Tensors norms;
  for (size_t k = 0; k < gradients.size(); k += state.size()) {
    auto squares = at::zeros({}, torch::kFloat64);
    for (size_t s = 0; s < state.size(); ++s) {
      if (gradients[k + s].defined()) squares += gradients[k + s].pow(2).sum();
    }
    norms.push_back((squares / static_cast<double>(K)).sqrt());
  }
  const auto flow = at::stack(norms);
  return reading.reverse ? flow.flip(0) : flow;
}

LayerReading untrained(const LayerReading& reading, const std::string& cell, double forget_bias) {
  RecurrentOptions options{.cell = cell, .hidden_size = reading.parameters.weight_hh.size(1)};
  if (RecurrentOptions::has_memory_gate(cell)) options.forget_bias = forget_bias;
  RecurrentImpl layer(reading.x.size(1), options);
  const auto weights = layer.named_parameters();
  const auto names = layer.parameter_names(0, false);
  LayerReading made{.cell = &layer.cell(),
                    .parameters = {.weight_ih = weights[names[0]],
                                   .weight_hh = weights[names[1]],
                                   .bias_ih = weights[names[2]],
                                   .bias_hh = weights[names[3]],
                                   .units = {}},
                    .reverse = reading.reverse,
                    .x = reading.x,
                    .initial = {}};
  for (size_t k = 4; k < names.size(); ++k) made.parameters.units.push_back(weights[names[k]]);
  made.initial.assign(layer.cell().states.size(), at::zeros({options.hidden_size}));
  return made;
}

}  // namespace recur
