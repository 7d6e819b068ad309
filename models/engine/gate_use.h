// How a cell's program uses each gate's two maps: what the fused engine must keep apart.
#pragma once

#include <array>
#include <cstdint>

#include "models/engine/program.h"

namespace recur::engine {

/// The gates of a program by what becomes of W x and U h.
struct GateUse {
  static constexpr int kCapacity = 8;
  std::array<int8_t, kCapacity> summed{};  ///< gates used only as the sum W.k(x) + U.k(h)
  std::array<int8_t, kCapacity> apart{};   ///< gates whose two products are used one by one, e.g. the GRU's candidate
  std::array<int8_t, kCapacity> late{};  ///< gates used only as W.k(x) + U.k(v), where v is what other gates make of h
  int summed_count = 0, apart_count = 0, late_count = 0;
  int argument = -1;  ///< the value v of the late gates, the same for all of them, e.g. r * h
  /// Whether the program has only such gates and x is read only through W: what the fused engine runs.
  bool is_fusable = false;
};

/// The only instruction that uses value `v`, or -1 if there are none or several.
constexpr int only_user(const Program& program, int v) {
  int user = -1;
  for (int i = 0; i < program.size; ++i) {
    const auto& [op, a, b, constant] = program.instructions[i];
    const bool uses = (is_binary(op) && (a == v || b == v)) || (is_unary(op) && a == v) || (is_map(op) && b == v);
    if (!uses) continue;
    if (user >= 0) return -1;
    user = i;
  }
  for (int s = 0; s < program.states; ++s) {
    if (program.next_state[s] == v) return -1;
  }
  return user;
}

/// The value that is map `op` of gate `gate`; -1 if the program has none, -2 if it has several.
constexpr int find_map(const Program& program, Op op, int gate) {
  int found = -1;
  for (int i = 0; i < program.size; ++i) {
    if (program.instructions[i].op != op || program.instructions[i].a != gate) continue;
    if (found >= 0) return -2;
    found = i;
  }
  return found;
}

/// Whether instruction `i` is W.k(x) + U.k(h), the sum of a summed gate's two maps.
constexpr bool is_gate_sum(const Program& program, int i) {
  const auto& [op, a, b, constant] = program.instructions[i];
  if (op != Op::kAdd) return false;
  const auto &left = program.instructions[a], &right = program.instructions[b];
  const bool are_maps = is_map(left.op) && is_map(right.op) && left.op != right.op && left.a == right.a;
  return are_maps && only_user(program, a) == i && only_user(program, b) == i;
}

/// The values that `v` is made of, itself among them; none for -1.
constexpr std::array<bool, Program::kCapacity> values_behind(const Program& program, int v) {
  std::array<bool, Program::kCapacity> behind{};
  if (v >= 0) behind[v] = true;
  for (int i = v; i >= 0; --i) {
    const auto& [op, a, b, constant] = program.instructions[i];
    if (!behind[i] || is_leaf(op)) continue;
    if (!is_map(op)) behind[a] = true;
    if (!is_unary(op)) behind[b] = true;
  }
  return behind;
}

constexpr GateUse use_of_gates(const Program& program) {
  GateUse use;
  if (program.gates > GateUse::kCapacity || program.uses_raw_input()) return use;
  for (int gate = 0; gate < program.gates; ++gate) {
    const int w = find_map(program, Op::kInputMap, gate), u = find_map(program, Op::kStateMap, gate);
    if (w < 0 || u < 0) return use;
    const int user = only_user(program, w), argument = program.instructions[u].b;
    const bool is_summed = user >= 0 && is_gate_sum(program, user);
    if (program.instructions[argument] != Instruction{Op::kState, 0}) {
      if (!is_summed || (use.late_count > 0 && argument != use.argument)) return use;
      use.argument = argument;
      use.late[use.late_count++] = static_cast<int8_t>(gate);
    } else if (is_summed) {
      use.summed[use.summed_count++] = static_cast<int8_t>(gate);
    } else {
      use.apart[use.apart_count++] = static_cast<int8_t>(gate);
    }
  }
  use.is_fusable = true;
  return use;
}

/// Whether the CUDA kernels run such gates: they have no second product within a step.
constexpr bool runs_on_a_gpu(const GateUse& use) {
  return use.is_fusable && use.late_count == 0;
}

}  // namespace recur::engine
