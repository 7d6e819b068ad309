// One unit of one sequence in one step: what a GPU's thread does.  Compiled by nvcc for the device and by the C++
// compiler for tests on machines without one.
#pragma once

#include <cmath>
#include <utility>

#include "models/cells/catalog.h"
#include "models/engine/cuda/step.h"
#include "models/engine/plan.h"

namespace recur::engine::cuda {

template <class Cell>
struct Element {
  using P = Plan<Cell>;
  static constexpr int kGates = P::kProgram.gates, kApart = P::kUse.apart_count, kUnits = P::kProgram.units;
  RECUR_ON_DEVICE static constexpr Widths widths() { return {.gates = kGates, .apart = kApart, .units = kUnits}; }

  float value[P::kSize];
  float gradient[P::kSize];

  template <int I>
  RECUR_ON_DEVICE static constexpr Instruction at() {
    return P::kProgram.instructions[I];
  }

  /// Leaves of instruction I, by `leaf`; everything else is computed from them.
  template <int I, bool kAgain, class Leaves>
  RECUR_ON_DEVICE void evaluate(const Leaves& leaves) {
    constexpr Instruction instruction = at<I>();
    constexpr Op op = instruction.op;
    constexpr int a = instruction.a, b = instruction.b;
    if constexpr (kAgain && P::is_replaced(I)) {
      value[I] = 0;
    } else if constexpr (kAgain && P::is_kept(I)) {
      value[I] = leaves.sum(gate_of_sum(a));
    } else if constexpr (op == Op::kState) {
      value[I] = leaves.state(a);
    } else if constexpr (op == Op::kUnit) {
      value[I] = leaves.unit_parameter(a);
    } else if constexpr (op == Op::kConstant) {
      value[I] = static_cast<float>(instruction.constant);
    } else if constexpr (op == Op::kInputMap && P::apart_position(a) >= 0) {
      value[I] = leaves.apart_x(a);
    } else if constexpr (op == Op::kStateMap && P::apart_position(a) >= 0) {
      value[I] = leaves.apart_h(a, P::apart_position(a));
    } else if constexpr (is_gate_sum(P::kProgram, I)) {
      value[I] = leaves.sum(gate_of_sum(I));
    } else if constexpr (op == Op::kAdd) {
      value[I] = value[a] + value[b];
    } else if constexpr (op == Op::kSubtract) {
      value[I] = value[a] - value[b];
    } else if constexpr (op == Op::kMultiply) {
      value[I] = value[a] * value[b];
    } else if constexpr (op == Op::kDivide) {
      value[I] = value[a] / value[b];
    } else if constexpr (op == Op::kMaximum) {
      value[I] = value[a] != value[a] || value[a] > value[b] ? value[a] : value[b];
    } else if constexpr (op == Op::kNegate) {
      value[I] = -value[a];
    } else if constexpr (op == Op::kSigmoid) {
      value[I] = sigmoid(value[a]);
    } else if constexpr (op == Op::kTanh) {
      value[I] = std::tanh(value[a]);
    } else if constexpr (op == Op::kRelu) {
      value[I] = value[a] < 0 ? 0.0f : value[a];
    } else if constexpr (op == Op::kExp) {
      value[I] = std::exp(value[a]);
    } else if constexpr (op == Op::kLog) {
      value[I] = std::log(value[a]);
    } else if constexpr (op == Op::kAbs) {
      value[I] = std::fabs(value[a]);
    } else if constexpr (op == Op::kSoftplus) {
      value[I] = value[a] > 20 ? value[a] : std::log1p(std::exp(value[a]));
    }
  }

  template <int I>
  RECUR_ON_DEVICE void reverse() {
    constexpr Instruction instruction = at<I>();
    constexpr Op op = instruction.op;
    if constexpr ((is_binary(op) || is_unary(op)) && P::has_gradient(I)) {
      constexpr int A = instruction.a, B = is_binary(op) ? instruction.b : 0;
      const float g = gradient[I], a = value[A], y = value[I];
      if constexpr (op == Op::kAdd) {
        pass<I, false>(g);
        pass<I, true>(g);
      } else if constexpr (op == Op::kSubtract) {
        pass<I, false>(g);
        pass<I, true>(-g);
      } else if constexpr (op == Op::kMultiply) {
        pass<I, false>(g * value[B]);
        pass<I, true>(g * a);
      } else if constexpr (op == Op::kDivide) {
        pass<I, false>(g / value[B]);
        pass<I, true>(-g / value[B] * y);
      } else if constexpr (op == Op::kMaximum) {  // torch: halves where both are the maximum
        const float tie = a == value[B] ? 0.5f * g : 0.0f;
        pass<I, false>(a > value[B] ? g : tie);
        pass<I, true>(a < value[B] ? g : tie);
      } else if constexpr (op == Op::kNegate) {
        pass<I, false>(-g);
      } else if constexpr (op == Op::kSigmoid) {
        pass<I, false>(g * y * (1 - y));
      } else if constexpr (op == Op::kTanh) {
        pass<I, false>(g * (1 - y * y));
      } else if constexpr (op == Op::kRelu) {
        pass<I, false>(y <= 0 ? 0.0f : g);
      } else if constexpr (op == Op::kExp) {
        pass<I, false>(g * y);
      } else if constexpr (op == Op::kLog) {
        pass<I, false>(g / a);
      } else if constexpr (op == Op::kAbs) {
        pass<I, false>(a > 0 ? g : a < 0 ? -g : 0.0f);
      } else if constexpr (op == Op::kSoftplus) {
        pass<I, false>(g * sigmoid(a));
      }
    }
  }

  /// The gradient that value I has gathered; 0 where it has none.
  template <int I>
  RECUR_ON_DEVICE float gathered() const {
    if constexpr (P::has_gradient(I)) return gradient[I];
    return 0;
  }

  RECUR_ON_DEVICE static constexpr int gate_of_sum(int v) {
    return P::kProgram.instructions[P::kProgram.instructions[v].a].a;
  }

 private:
  RECUR_ON_DEVICE static float sigmoid(float x) { return 1 / (1 + std::exp(-x)); }

  template <int I, bool kSecond>
  RECUR_ON_DEVICE void pass(float g) {
    constexpr Instruction instruction = at<I>();
    constexpr int to = kSecond ? instruction.b : instruction.a;
    if constexpr (P::is_started(to, I, kSecond)) {
      gradient[to] += g;
    } else {
      gradient[to] = g;
    }
  }
};

/// Where a unit's numbers lie in the forward pass.
struct ForwardLeaves {
  const StepForward& step;
  int64_t row, unit, gates;
  RECUR_ON_DEVICE float state(int s) const { return step.states[s][row * step.units + unit]; }
  RECUR_ON_DEVICE float unit_parameter(int u) const { return step.unit_parameters[u][unit]; }
  RECUR_ON_DEVICE int64_t of_gate(int gate) const { return (row * gates + gate) * step.units + unit; }
  RECUR_ON_DEVICE float apart_x(int gate) const { return step.sums[of_gate(gate)]; }
  RECUR_ON_DEVICE float apart_h(int gate, int /*position*/) const {
    const float product = step.products[of_gate(gate)];
    return step.bias_h != nullptr ? product + step.bias_h[gate * step.units + unit] : product;
  }
  RECUR_ON_DEVICE float sum(int gate) const { return apart_x(gate) + apart_h(gate, 0); }
};

struct BackwardLeaves {
  const StepBackward& step;
  int64_t row, unit, gates, apart;
  RECUR_ON_DEVICE float state(int s) const { return step.previous[s][row * step.units + unit]; }
  RECUR_ON_DEVICE float unit_parameter(int u) const { return step.unit_parameters[u][unit]; }
  RECUR_ON_DEVICE int64_t of_gate(int gate) const { return (row * gates + gate) * step.units + unit; }
  RECUR_ON_DEVICE float sum(int gate) const { return step.sums[of_gate(gate)]; }
  RECUR_ON_DEVICE float apart_x(int gate) const { return step.sums[of_gate(gate)]; }
  RECUR_ON_DEVICE float apart_h(int /*gate*/, int position) const {
    return step.apart[(row * apart + position) * step.units + unit];
  }
};

template <class Cell, class Call>
RECUR_ON_DEVICE void for_each_instruction(const Call& call) {
  [&]<int... I>(std::integer_sequence<int, I...>) {
    (call.template operator()<I>(), ...);
  }
  (std::make_integer_sequence<int, Plan<Cell>::kSize>{});
}

/// What the backward pass needs.
template <class Cell, class Leaves>
RECUR_ON_DEVICE void keep(const Element<Cell>& element, const StepForward& step, const Leaves& leaves) {
  using E = Element<Cell>;
  using P = typename E::P;
  for_each_instruction<Cell>([&]<int I>() {
    constexpr Instruction instruction = E::template at<I>();
    if constexpr (P::is_kept(I)) {
      step.sums[leaves.of_gate(E::gate_of_sum(instruction.a))] = element.value[I];
    } else if constexpr (is_gate_sum(P::kProgram, I) && !P::is_replaced(I)) {
      step.sums[leaves.of_gate(E::gate_of_sum(I))] = element.value[I];
    } else if constexpr (instruction.op == Op::kStateMap && P::apart_position(instruction.a) >= 0) {
      const int64_t to = (leaves.row * E::kApart + P::apart_position(instruction.a)) * step.units + leaves.unit;
      if (step.apart != nullptr) step.apart[to] = element.value[I];
    }
  });
}

/// Runs the program for one unit.  `leaves` gives its numbers.
template <class Cell, class Leaves>
RECUR_ON_DEVICE Element<Cell> evaluate(const Leaves& leaves) {
  Element<Cell> element;
  for_each_instruction<Cell>([&]<int I>() { element.template evaluate<I, false>(leaves); });
  return element;
}

/// Runs the program once more and then its reverse.
/// @param leaves     what the program starts from
/// @param of_states  gradients of the next states
/// @param of_output  gradient of h as an output
template <class Cell, class Leaves>
RECUR_ON_DEVICE Element<Cell> reverse(const Leaves& leaves, const float (&of_states)[kMostStates], float of_output) {
  using P = Plan<Cell>;
  constexpr auto next = P::kProgram.next_state;
  Element<Cell> element;
  for_each_instruction<Cell>([&]<int I>() { element.template evaluate<I, true>(leaves); });
  for (int s = 0; s < P::kProgram.states; ++s) element.gradient[next[s]] = 0;  // two states may be one value
  for (int s = 0; s < P::kProgram.states; ++s) element.gradient[next[s]] += of_states[s];
  element.gradient[next[0]] += of_output;
  for_each_instruction<Cell>([&]<int I>() { element.template reverse<P::kSize - 1 - I>(); });
  return element;
}

/// Calls take(gate, gradient of U h).
template <class Cell, class Take>
RECUR_ON_DEVICE void for_each_of_h(const Element<Cell>& element, const Take& take) {
  for_each_instruction<Cell>([&]<int I>() {
    constexpr Instruction instruction = Element<Cell>::template at<I>();
    if constexpr (instruction.op == Op::kStateMap) take(instruction.a, element.template gathered<I>());
  });
}

/// Calls take(state, its gradient but for what comes through U).
template <class Cell, class Take>
RECUR_ON_DEVICE void for_each_of_state(const Element<Cell>& element, const Take& take) {
  for_each_instruction<Cell>([&]<int I>() {
    constexpr Instruction instruction = Element<Cell>::template at<I>();
    if constexpr (instruction.op == Op::kState) take(instruction.a, element.template gathered<I>());
  });
}

/// What the GEMMs and sums after the recurrence need.
template <class Cell, class Leaves>
RECUR_ON_DEVICE void store_gradients(const Element<Cell>& element, const StepBackward& step, const Leaves& leaves) {
  using E = Element<Cell>;
  for_each_instruction<Cell>([&]<int I>() {
    constexpr Instruction instruction = E::template at<I>();
    constexpr int a = instruction.a;
    if constexpr (instruction.op == Op::kUnit) {
      step.of_units[(leaves.row * E::kUnits + a) * step.units + leaves.unit] = element.template gathered<I>();
    } else if constexpr (instruction.op == Op::kInputMap) {
      step.of_x[leaves.of_gate(a)] = element.template gathered<I>();
    } else if constexpr (instruction.op == Op::kStateMap) {
      if (step.of_h != step.of_x) step.of_h[leaves.of_gate(a)] = element.template gathered<I>();
    }
  });
}

/// A unit's step after a GEMM, and before one.
template <class Cell>
RECUR_ON_DEVICE void forward_unit(const StepForward& step, int64_t row, int64_t unit) {
  constexpr auto next = Plan<Cell>::kProgram.next_state;
  constexpr int kStates = Plan<Cell>::kProgram.states;
  const ForwardLeaves leaves{step, row, unit, Element<Cell>::kGates};
  const auto element = evaluate<Cell>(leaves);
  keep(element, step, leaves);
  const int64_t place = row * step.units + unit;
  for (int s = 0; s < kStates; ++s) {
    if (step.kept[s] != nullptr) step.kept[s][place] = step.states[s][place];
    step.states[s][place] = element.value[next[s]];
  }
  step.output[place] = element.value[next[0]];
}

template <class Cell>
RECUR_ON_DEVICE void backward_unit(const StepBackward& step, int64_t row, int64_t unit) {
  const int64_t place = row * step.units + unit;
  const BackwardLeaves leaves{step, row, unit, Element<Cell>::kGates, Element<Cell>::kApart};
  float of_states[kMostStates] = {};
  for (int s = 0; s < Plan<Cell>::kProgram.states; ++s) of_states[s] = step.state_gradient[s][place];
  const float of_output = step.output_gradient != nullptr ? step.output_gradient[place] : 0;
  const auto element = reverse<Cell>(leaves, of_states, of_output);
  store_gradients(element, step, leaves);
  for_each_of_state(element, [&](int s, float gradient) { step.state_gradient[s][place] = gradient; });
}

/// Of each cell of the catalog the kernels that Make<Cell> has.
template <class Kernels, template <class> class Make, class... Cells>
Kernels pick_kernels(cells::CellList<Cells...> /*catalog*/, size_t cell) {
  const auto of = []<class Cell>(Make<Cell>*) -> Kernels {
    if constexpr (runs_on_a_gpu(Plan<Cell>::kUse)) {
      static_assert(Plan<Cell>::kProgram.states <= kMostStates && Plan<Cell>::kProgram.units <= kMostUnits);
      return {.forward = &Make<Cell>::forward, .backward = &Make<Cell>::backward};
    } else {
      return {};
    }
  };
  const Kernels all[] = {of(static_cast<Make<Cells>*>(nullptr))...};
  return all[cell];
}

}  // namespace recur::engine::cuda
