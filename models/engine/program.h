// A cell's *program*: the list of operations that its `step` performs, recorded at compile time.  Back ends other than
// the reference (SIMD, CUDA, TorchScript, ONNX) are made from it.
#pragma once

#include <array>
#include <cstdint>

#include "core/aggregate.h"
#include "models/cells/cell.h"

namespace recur::engine {

enum class Op : uint8_t {
  kInput,     ///< x
  kState,     ///< previous state number `a`
  kUnit,      ///< per-unit parameter number `a`
  kConstant,  ///< `constant`
  kInputMap,  ///< W of gate `a` applied to value `b`
  kStateMap,  ///< U of gate `a` applied to value `b`
  kAdd,       ///< a + b
  kSubtract,  ///< a - b
  kMultiply,  ///< a * b
  kDivide,    ///< a / b
  kMaximum,   ///< max(a, b)
  kNegate,    ///< -a; this and the rest are unary
  kSigmoid,
  kTanh,
  kRelu,
  kExp,
  kLog,
  kAbs,
  kSoftplus,
};

constexpr bool is_leaf(Op op) {
  return op <= Op::kConstant;
}
constexpr bool is_map(Op op) {
  return op == Op::kInputMap || op == Op::kStateMap;
}
constexpr bool is_binary(Op op) {
  return op >= Op::kAdd && op <= Op::kMaximum;
}
constexpr bool is_unary(Op op) {
  return op >= Op::kNegate;
}
constexpr bool is_activation(Op op) {
  return op >= Op::kSigmoid;
}

/// One operation in static single assignment form: its value's number is its position in the program.
struct Instruction {
  Op op = Op::kConstant;
  int16_t a = 0, b = 0;  ///< operands' values, or the number of a state, unit or gate (see Op)
  double constant = 0;
  constexpr bool operator==(const Instruction&) const = default;
};

struct Program {
  static constexpr int kCapacity = 128;
  std::array<Instruction, kCapacity> instructions{};
  int size = 0;
  int gates = 0, states = 0, units = 0;
  std::array<int16_t, 8> next_state{};  ///< value of each next state

  /// Appends an operation, or finds it where the same one was recorded before.
  constexpr int16_t append(const Instruction& instruction) {
    for (int v = 0; v < size; ++v) {
      if (instructions[v] == instruction) return static_cast<int16_t>(v);
    }
    if (size == kCapacity) throw "a cell's program holds at most 128 operations";  // a compile error, since consteval
    instructions[size] = instruction;
    return static_cast<int16_t>(size++);
  }

  /// Whether U of gate `gate` is applied to the previous state h itself, so that its product can be shared.
  constexpr bool acts_on_h(int gate) const {
    for (int v = 0; v < size; ++v) {
      const auto& [op, a, b, constant] = instructions[v];
      if (op == Op::kStateMap && a == gate && instructions[b] == Instruction{Op::kState, 0}) return true;
    }
    return false;
  }

  /// Whether the cell uses its input other than through W, which asks for an input as wide as the hidden state.
  constexpr bool uses_raw_input() const {
    for (int v = 0; v < size; ++v) {
      const auto& [op, a, b, constant] = instructions[v];
      const bool takes_input = (is_binary(op) && (is_input(a) || is_input(b))) || (is_unary(op) && is_input(a)) ||
                               (op == Op::kStateMap && is_input(b));
      if (takes_input) return true;
    }
    return false;
  }

 private:
  constexpr bool is_input(int value) const { return instructions[value].op == Op::kInput; }
};

/// The value type with which `step` is recorded.
struct Symbol {
  Program* program = nullptr;
  int16_t value = 0;

  constexpr Symbol unary(Op op) const { return {program, program->append({op, value})}; }
  constexpr Symbol binary(Op op, Symbol right) const { return {program, program->append({op, value, right.value})}; }
  constexpr Symbol constant(double number) const {
    return {program, program->append({.op = Op::kConstant, .constant = number})};
  }
};

constexpr Symbol operator+(Symbol a, Symbol b) {
  return a.binary(Op::kAdd, b);
}
constexpr Symbol operator-(Symbol a, Symbol b) {
  return a.binary(Op::kSubtract, b);
}
constexpr Symbol operator*(Symbol a, Symbol b) {
  return a.binary(Op::kMultiply, b);
}
constexpr Symbol operator/(Symbol a, Symbol b) {
  return a.binary(Op::kDivide, b);
}
constexpr Symbol operator+(Symbol a, double b) {
  return a + a.constant(b);
}
constexpr Symbol operator-(Symbol a, double b) {
  return a - a.constant(b);
}
constexpr Symbol operator*(Symbol a, double b) {
  return a * a.constant(b);
}
constexpr Symbol operator/(Symbol a, double b) {
  return a / a.constant(b);
}
constexpr Symbol operator+(double a, Symbol b) {
  return b.constant(a) + b;
}
constexpr Symbol operator-(double a, Symbol b) {
  return b.constant(a) - b;
}
constexpr Symbol operator*(double a, Symbol b) {
  return b.constant(a) * b;
}
constexpr Symbol operator/(double a, Symbol b) {
  return b.constant(a) / b;
}
constexpr Symbol operator-(Symbol a) {
  return a.unary(Op::kNegate);
}
constexpr Symbol maximum(Symbol a, Symbol b) {
  return a.binary(Op::kMaximum, b);
}
constexpr Symbol sigmoid(Symbol a) {
  return a.unary(Op::kSigmoid);
}
constexpr Symbol tanh(Symbol a) {
  return a.unary(Op::kTanh);
}
constexpr Symbol relu(Symbol a) {
  return a.unary(Op::kRelu);
}
constexpr Symbol exp(Symbol a) {
  return a.unary(Op::kExp);
}
constexpr Symbol log(Symbol a) {
  return a.unary(Op::kLog);
}
constexpr Symbol abs(Symbol a) {
  return a.unary(Op::kAbs);
}
constexpr Symbol softplus(Symbol a) {
  return a.unary(Op::kSoftplus);
}

}  // namespace recur::engine

namespace recur::cells {

template <>
struct Map<engine::Symbol> {
  engine::Op op = engine::Op::kInputMap;
  int16_t gate = 0;
  constexpr engine::Symbol operator()(engine::Symbol v) const {
    return {v.program, v.program->append({op, gate, v.value})};
  }
};

}  // namespace recur::cells

namespace recur::engine {

/// Stands for the members' type where only a struct's names and number are asked for.
struct Tag {};

template <class Cell>
inline constexpr bool kHasUnits = requires {
  typename Cell::template Units<Tag>;
};

template <class Cell>
inline constexpr size_t kGates = kMemberCount<typename Cell::template Gates<Tag>>;
template <class Cell>
inline constexpr size_t kStates = kMemberCount<typename Cell::template State<Tag>>;

namespace detail {
struct NoUnits {};
template <class Cell, class T>
struct UnitsOf {
  using type = NoUnits;
};
template <class Cell, class T>
requires kHasUnits<Cell>
struct UnitsOf<Cell, T> {
  using type = typename Cell::template Units<T>;
};
}  // namespace detail

/// The cell's per-unit parameters, or an empty struct.
template <class Cell, class T>
using UnitsOf = typename detail::UnitsOf<Cell, T>::type;

/// Calls `step` with the cell's own arguments, with or without per-unit parameters.
template <class Cell, class T>
constexpr auto call_step(const typename Cell::template Gates<cells::Map<T>>& W,
                         const typename Cell::template Gates<cells::Map<T>>& U, const UnitsOf<Cell, T>& units,
                         const T& x, const typename Cell::template State<T>& prev) {
  if constexpr (kHasUnits<Cell>) {
    return Cell::template step<T>(W, U, units, x, prev);
  } else {
    return Cell::template step<T>(W, U, x, prev);
  }
}

/// Runs `Cell::step` on symbols and returns what it did.
template <class Cell>
consteval Program record() {
  Program program;
  program.gates = kGates<Cell>;
  program.states = kStates<Cell>;
  program.units = kMemberCount<UnitsOf<Cell, Tag>>;

  const auto fill_leaves = [&program](auto& members, Op op) {
    int16_t number = 0;
    for_each_member(members, [&](Symbol& member) { member = {&program, program.append({op, number++})}; });
  };
  const auto fill_maps = [](auto& gates, Op op) {
    int16_t number = 0;
    for_each_member(gates, [&](cells::Map<Symbol>& map) { map = {op, number++}; });
  };
  typename Cell::template Gates<cells::Map<Symbol>> W{}, U{};
  typename Cell::template State<Symbol> prev{};
  UnitsOf<Cell, Symbol> units{};
  fill_maps(W, Op::kInputMap);
  fill_maps(U, Op::kStateMap);
  fill_leaves(prev, Op::kState);
  fill_leaves(units, Op::kUnit);
  const Symbol x{&program, program.append({Op::kInput})};

  auto next = call_step<Cell, Symbol>(W, U, units, x, prev);
  int number = 0;
  for_each_member(next, [&](Symbol& state) { program.next_state[number++] = state.value; });
  return program;
}

}  // namespace recur::engine
