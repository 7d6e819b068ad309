#include "trainers/log/inspection_strips.h"

#include <algorithm>
#include <sstream>

#include <ATen/ops/argsort.h>

#include "models/engine/gate_values.h"
#include "trainers/log/time_strips.h"

namespace recur {
namespace {

/// The line of the cell's equations that gives `name`.
std::string equation_of(const engine::CellType& cell, const std::string& name) {
  std::istringstream lines(cell.text.equations);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with(name + " =")) return line;
  }
  return "";
}

std::string look_for_gate(const InspectedLayer& layer, int64_t k) {
  const auto& text = layer.cell->text;
  const std::string name = layer.cell->gates[k], keeps = text.keeps, writes = text.writes;
  if (name == keeps) {
    return "What is kept. Coloured: the unit holds on to its state. A row that stays coloured remembers; a blank "
           "column is a step at which many units forget.";
  }
  if (name == writes && keeps.empty()) {
    return "What is overwritten. Blank: the unit holds on to its state. A coloured column is a step at which many "
           "units are written anew.";
  }
  if (name == writes) return "What is let in. A coloured column is a step that many units take up.";
  if (layer.is_open_or_shut(k)) {
    return "Coloured: open, what the gate multiplies passes. Blank: shut. Compare the columns of telling steps with "
           "their neighbours.";
  }
  return "What is proposed for the state: orange would raise a unit, blue lower it, blank leaves it.";
}

std::string look_for_state(size_t s) {
  return s == 0
             ? "What the layer says at each step. A row that changes colour at a step is a unit that answers to what "
               "was read there."
             : "What is carried from step to step. A long band of one colour along a row is something remembered.";
}

/// Units by how long they keep their state, the longest first; without a gate that says so by their mean.
torch::Tensor order_of_units(const InspectedLayer& layer) {
  const auto gate = layer.memory_gate();
  const bool by_gate = gate >= 0 && layer.trace.gates[gate].defined();
  const auto mean = (by_gate ? layer.trace.gates[gate] : layer.trace.states.front()).mean(0);
  const bool keeps = *layer.cell->text.keeps != 0 || !by_gate;
  return at::argsort(mean, /*stable=*/true, /*dim=*/0, /*descending=*/keeps);
}

/// What has full colour: 1, or what only one value in a hundred exceeds, such as those of a unit that counts.
double full_scale(const torch::Tensor& values) {
  const auto rank = 1 + (values.numel() - 1) * 99 / 100;
  return std::max(1.0, std::get<0>(values.abs().flatten().kthvalue(rank)).item<double>());
}

}  // namespace

std::vector<int64_t> shown_gates(const InspectedLayer& layer) {
  const auto& program = layer.cell->program;
  const auto values = engine::gate_values(program);
  std::vector<int64_t> shown;
  for (int64_t k = 0; k < std::ssize(values); ++k) {
    const auto* end = program.next_state.begin() + program.states;
    if (values[k].value >= 0 && std::find(program.next_state.begin(), end, values[k].value) == end) shown.push_back(k);
  }
  return shown;
}

std::string inspection_strips(const InspectedLayer& layer) {
  TimeStrips strips({.steps = layer.steps(), .texts = layer.texts});
  const auto order = order_of_units(layer);
  std::vector<StripLine> openness;
  for (const auto k : shown_gates(layer)) {
    if (layer.is_open_or_shut(k)) openness.push_back({layer.cell->gates[k], layer.trace.gates[k].mean(1)});
  }
  if (!openness.empty()) {
    strips.add_lines({.name = "How open the gates are",
                      .look_for = "The mean over all units, from shut (0) to open (1). Look for steps that make a line "
                                  "jump: there the network treats what it reads unlike the rest."},
                     openness);
  }
  for (const auto k : shown_gates(layer)) {
    const auto& name = layer.cell->gates[k];
    const auto values = layer.trace.gates[k].index_select(1, order);
    strips.add_map({"Gate " + name, equation_of(*layer.cell, name), look_for_gate(layer, k)}, values,
                   layer.is_open_or_shut(k) ? HeatColours::kOpenness : HeatColours::kSigned, full_scale(values));
  }
  for (size_t s = layer.trace.states.size(); s-- > 0;) {
    const auto& name = layer.cell->states[s];
    const auto values = layer.trace.states[s].index_select(1, order);
    strips.add_map({"State " + name, equation_of(*layer.cell, name + "'"), look_for_state(s)}, values,
                   HeatColours::kSigned, full_scale(values));
  }
  return strips.html();
}

}  // namespace recur
