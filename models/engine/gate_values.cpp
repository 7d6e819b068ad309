#include "models/engine/gate_values.h"

#include <algorithm>
#include <set>

#include "models/engine/gate_use.h"

namespace recur::engine {
namespace {

/// exp(-abs(W.p(x))) is p as a whole: what only other unary operations see is not yet the gate's value.
/// @returns  the named value below `v` that gives its name up to v, or -1
int value_below(const Program& program, const std::vector<int>& gate_at, int v) {
  if (!is_activation(program.instructions[v].op)) return -1;
  int inner = program.instructions[v].a;
  const auto seen_once = [&] { return only_user(program, inner) >= 0; };
  while (gate_at[inner] < 0 && is_unary(program.instructions[inner].op) && seen_once()) {
    inner = program.instructions[inner].a;
  }
  return gate_at[inner] >= 0 && seen_once() ? inner : -1;
}

/// The gate that value is named after, or -1, for each value.
std::vector<int> find_activations(const Program& program) {
  std::vector<int> gate_at(program.size, -1);
  std::vector<std::set<int>> open(program.size);  // gates below a value that no activation has closed over
  std::set<int> named;
  for (int v = 0; v < program.size; ++v) {
    const auto& [op, a, b, constant] = program.instructions[v];
    if (is_map(op)) open[v].insert(a);
    if (is_binary(op) || is_unary(op)) open[v].insert(open[a].begin(), open[a].end());
    if (is_binary(op) || is_map(op)) open[v].insert(open[b].begin(), open[b].end());
    if (const int below = is_unary(op) ? value_below(program, gate_at, v) : -1; below >= 0) {
      std::swap(gate_at[v], gate_at[below]);
    }
    if (!is_activation(op) || open[v].size() != 1) continue;
    const int gate = *open[v].begin();
    if (named.insert(gate).second) gate_at[v] = gate;
    open[v].clear();
  }
  return gate_at;
}

}  // namespace

std::vector<GateValue> gate_values(const Program& program) {
  std::vector<GateValue> values(program.gates);
  for (int gate = 0; gate < program.gates; ++gate) {
    int map = find_map(program, Op::kInputMap, gate);
    if (map < 0) map = find_map(program, Op::kStateMap, gate);
    if (map < 0) continue;
    const int user = only_user(program, map);
    values[gate].value = user >= 0 && is_gate_sum(program, user) ? user : map;
  }
  const auto gate_at = find_activations(program);
  for (int v = 0; v < program.size; ++v) {
    if (gate_at[v] >= 0) values[gate_at[v]] = {.value = v, .has_activation = true};
  }
  return values;
}

}  // namespace recur::engine
