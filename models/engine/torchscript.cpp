#include "models/engine/torchscript.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "models/engine/gate_values.h"

namespace recur::engine {
namespace {

/// Prints a program as assignments.  A value gets a line and a name of its own if it is a gate's activation, a next
/// state, or used more than once; everything else is written where it is used.
class Printer {
 public:
  Printer(const CellType& cell, bool bias)
      : cell_(cell), program_(cell.program), bias_(bias), names_(program_.size), uses_(program_.size, 0) {
    count_uses();
    name_gates();
    for (int s = 0; s < program_.states; ++s) name_if_unnamed(program_.next_state[s], cell_.states[s] + "_next");
    for (int v = 0; v < program_.size; ++v) {
      if (uses_[v] > 1 && !is_written_in_place(v)) name_if_unnamed(v, fmt::format("v{}", v));
    }
  }

  std::string print() const {
    std::string text;
    for (int v = 0; v < program_.size; ++v) {
      if (!names_[v].empty()) text += fmt::format("    {} = {}\n", names_[v], expression(v).text);
    }
    std::vector<std::string> next;
    for (int s = 0; s < program_.states; ++s) next.push_back(operand(program_.next_state[s], 0));
    return text + fmt::format("    return [{}]\n", fmt::join(next, ", "));
  }

 private:
  struct Expression {
    std::string text;
    int binding;  // 1: + and -, 2: * and /, 3: unary minus, 4: a call or a name
  };

  const Instruction& at(int v) const { return program_.instructions[v]; }

  /// Leaves, and the products that are computed for all gates together.
  bool is_written_in_place(int v) const { return is_leaf(at(v).op) || is_shared_map(v); }
  bool is_shared_map(int v) const {
    if (at(v).op == Op::kInputMap) return true;
    return at(v).op == Op::kStateMap && at(at(v).b) == Instruction{Op::kState, 0};
  }

  void name_if_unnamed(int v, const std::string& name) {
    if (names_[v].empty() && !is_leaf(at(v).op)) names_[v] = name;
  }

  void count_uses() {
    for (int v = 0; v < program_.size; ++v) {
      const auto& [op, a, b, constant] = at(v);
      if (is_binary(op) || is_unary(op)) ++uses_[a];
      if (is_binary(op) || (is_map(op) && !is_shared_map(v))) ++uses_[b];
    }
  }

  void name_gates() {
    const auto values = gate_values(program_);
    for (size_t gate = 0; gate < values.size(); ++gate) {
      if (values[gate].has_activation) names_[values[gate].value] = cell_.gates[gate];
    }
  }

  std::string operand(int v, int binding) const {
    if (!names_[v].empty()) return names_[v];
    const auto inner = expression(v);
    return inner.binding < binding ? "(" + inner.text + ")" : inner.text;
  }

  Expression expression(int v) const {
    const auto& [op, a, b, constant] = at(v);
    const auto infix = [&](const char* sign, int binding, bool associative) -> Expression {
      return {fmt::format("{} {} {}", operand(a, binding), sign, operand(b, associative ? binding : binding + 1)),
              binding};
    };
    const auto call = [&](const char* function) -> Expression {
      return {fmt::format("torch.{}({})", function, operand(a, 0)), 4};
    };
    switch (op) {
      case Op::kInput:
        return {"x", 4};
      case Op::kState:
        return {cell_.states[a], 4};
      case Op::kUnit:
        return {cell_.units[a], 4};
      case Op::kConstant:
        return {number(constant), constant < 0 ? 3 : 4};
      case Op::kInputMap:
        return {"W_" + cell_.gates[a], 4};
      case Op::kStateMap:
        return {state_map(v), 4};
      case Op::kAdd:
        return infix("+", 1, true);
      case Op::kSubtract:
        return infix("-", 1, false);
      case Op::kMultiply:
        return infix("*", 2, true);
      case Op::kDivide:
        return infix("/", 2, false);
      case Op::kMaximum:
        return {fmt::format("torch.maximum({}, {})", operand(a, 0), operand(b, 0)), 4};
      case Op::kNegate:
        return {"-" + operand(a, 3), 3};
      case Op::kSigmoid:
        return call("sigmoid");
      case Op::kTanh:
        return call("tanh");
      case Op::kRelu:
        return call("relu");
      case Op::kExp:
        return call("exp");
      case Op::kLog:
        return call("log");
      case Op::kAbs:
        return call("abs");
      case Op::kSoftplus:
        return call("softplus");
    }
    return {"", 4};
  }

  /// A literal that TorchScript takes for a float: 1.0, not 1.
  static std::string number(double value) {
    const auto text = fmt::format("{}", value);
    return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
  }

  std::string state_map(int v) const {
    const auto& gate = cell_.gates[at(v).a];
    if (is_shared_map(v)) return "U_" + gate;
    const auto chunk = [&](const char* packed) {
      return fmt::format("{}.chunk({}, 0)[{}]", packed, cell_.gates.size(), at(v).a);
    };
    return fmt::format("torch.linear({}, {}{})", operand(at(v).b, 0), chunk("weight_hh"),
                       bias_ ? ", " + chunk("bias_hh") : "");
  }

  const CellType& cell_;
  const Program& program_;
  bool bias_;
  std::vector<std::string> names_;  // of each value; empty: written where it is used
  std::vector<int> uses_;
};

/// "    h, c = state[0], state[1]\n"
std::string unpack_list(const std::vector<std::string>& names, const char* list) {
  if (names.empty()) return "";
  std::vector<std::string> items;
  for (size_t i = 0; i < names.size(); ++i) items.push_back(fmt::format("{}[{}]", list, i));
  return fmt::format("    {} = {}\n", fmt::join(names, ", "), fmt::join(items, ", "));
}

/// "    W_i, W_f, W_g, W_o = x_maps.chunk(4, 1)\n"
std::string unpack_gates(const std::vector<std::string>& gates, const char* prefix, const std::string& packed) {
  if (gates.size() == 1) return fmt::format("    {}{} = {}\n", prefix, gates.front(), packed);
  std::vector<std::string> names;
  for (const auto& gate : gates) names.push_back(prefix + gate);
  return fmt::format("    {} = {}.chunk({}, 1)\n", fmt::join(names, ", "), packed, gates.size());
}

}  // namespace

std::string torchscript_cell(const CellType& cell, bool bias) {
  std::string text = fmt::format(
      "def cell(self, x: Tensor, x_maps: Tensor, weight_hh: Tensor, {}units: List[Tensor], state: List[Tensor]) -> "
      "List[Tensor]:\n",
      bias ? "bias_hh: Tensor, " : "");
  text += unpack_list(cell.states, "state");
  text += unpack_list(cell.units, "units");
  text += unpack_gates(cell.gates, "W_", "x_maps");
  text += unpack_gates(cell.gates, "U_", fmt::format("torch.linear(h, weight_hh{})", bias ? ", bias_hh" : ""));
  return text + Printer(cell, bias).print();
}

}  // namespace recur::engine
