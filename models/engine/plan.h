// What the fused engines ask of a cell's program at compile time: where its gates stand, what has a gradient.
#pragma once

#include "models/engine/gate_use.h"
#include "models/engine/program.h"

namespace recur::engine {

template <class Cell>
struct Plan {
  static constexpr Program kProgram = record<Cell>();
  static constexpr GateUse kUse = use_of_gates(kProgram);
  static constexpr int kSize = kProgram.size;
  /// What the argument of the late gates is made of.
  static constexpr auto kBefore = values_behind(kProgram, kUse.argument);

  /// The gate's position among those that are summed, used apart, or late; -1 if it is not one of them.
  static constexpr int summed_position(int gate) { return position(kUse.summed, kUse.summed_count, gate); }
  static constexpr int apart_position(int gate) { return position(kUse.apart, kUse.apart_count, gate); }
  static constexpr int late_position(int gate) { return position(kUse.late, kUse.late_count, gate); }

  /// Whether instruction i makes of a gate's sum something from which alone its gradient follows.  The forward pass
  /// leaves it where the sum was, and the backward pass need not compute it again.
  static constexpr bool is_kept(int i) {
    const auto& [op, a, b, constant] = kProgram.instructions[i];
    const bool fits = op == Op::kSigmoid || op == Op::kTanh || op == Op::kRelu;
    return fits && is_gate_sum(kProgram, a) && only_user(kProgram, a) == i;
  }
  /// Whether value v is a sum that was replaced so.
  static constexpr bool is_replaced(int v) {
    const int user = is_gate_sum(kProgram, v) ? only_user(kProgram, v) : -1;
    return user >= 0 && is_kept(user);
  }
  /// The gate whose sum value v is.
  static constexpr int gate_of_sum(int v) { return kProgram.instructions[kProgram.instructions[v].a].a; }

  /// Whether a next state depends on value v, so that it has a gradient.
  static constexpr bool has_gradient(int v) {
    if (is_given(v)) return true;
    for (int i = v + 1; i < kSize; ++i) {
      if (uses(i, v) && has_gradient(i)) return true;
    }
    return false;
  }
  /// Whether value v has been given a gradient before instruction i passes its own to operand b (`second`) or a.
  static constexpr bool is_started(int v, int i, bool second) {
    if (is_given(v)) return true;
    for (int later = kSize - 1; later > i; --later) {
      if (uses(later, v) && has_gradient(later)) return true;
    }
    return second && kProgram.instructions[i].a == v;
  }

  static constexpr bool is_next_state(int v) {
    for (int s = 0; s < kProgram.states; ++s) {
      if (kProgram.next_state[s] == v) return true;
    }
    return false;
  }

 private:
  /// Whether the gradient of value v begins with what comes from outside: a later step, or U of the late gates.
  static constexpr bool is_given(int v) { return is_next_state(v) || v == kUse.argument; }
  static constexpr int position(const std::array<int8_t, GateUse::kCapacity>& gates, int count, int gate) {
    for (int k = 0; k < count; ++k) {
      if (gates[k] == gate) return k;
    }
    return -1;
  }
  static constexpr bool uses(int i, int v) {
    const auto& [op, a, b, constant] = kProgram.instructions[i];
    return (is_binary(op) && (a == v || b == v)) || (is_unary(op) && a == v);
  }
};

}  // namespace recur::engine
