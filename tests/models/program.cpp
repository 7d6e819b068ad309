// A cell's recorded program is what its step does: interpreted on tensors it gives the same numbers, and its
// TorchScript text reads like the cell's file.
#include <ATen/ATen.h>

#include <gtest/gtest.h>

#include "models/cells/catalog.h"
#include "models/engine/reference.h"
#include "models/engine/torchscript.h"

namespace recur::engine::this_file {
namespace {

using torch::Tensor;

/// The programme's meaning, spelled out once more and independently of the engines.
std::vector<Tensor> interpret(const Program& p, const LayerParameters& w, const Tensor& x,
                              const std::vector<Tensor>& prev) {
  std::vector<Tensor> value(p.size);
  const auto gate = [&](const Tensor& packed, int k) { return packed.chunk(p.gates, 0)[k]; };
  for (int v = 0; v < p.size; ++v) {
    const auto& [op, a, b, constant] = p.instructions[v];
    switch (op) {
      case Op::kInput:
        value[v] = x;
        break;
      case Op::kState:
        value[v] = prev[a];
        break;
      case Op::kUnit:
        value[v] = w.units[a];
        break;
      case Op::kConstant:
        value[v] = torch::full({}, constant, x.options());
        break;
      case Op::kInputMap:
        value[v] = value[b].matmul(gate(w.weight_ih, a).t()) + gate(w.bias_ih, a);
        break;
      case Op::kStateMap:
        value[v] = value[b].matmul(gate(w.weight_hh, a).t()) + gate(w.bias_hh, a);
        break;
      case Op::kAdd:
        value[v] = value[a] + value[b];
        break;
      case Op::kSubtract:
        value[v] = value[a] - value[b];
        break;
      case Op::kMultiply:
        value[v] = value[a] * value[b];
        break;
      case Op::kDivide:
        value[v] = value[a] / value[b];
        break;
      case Op::kMaximum:
        value[v] = torch::maximum(value[a], value[b]);
        break;
      case Op::kNegate:
        value[v] = -value[a];
        break;
      case Op::kSigmoid:
        value[v] = 1 / (1 + torch::exp(-value[a]));
        break;
      case Op::kTanh:
        value[v] = torch::tanh(value[a]);
        break;
      case Op::kRelu:
        value[v] = torch::clamp_min(value[a], 0);
        break;
      case Op::kExp:
        value[v] = torch::exp(value[a]);
        break;
      case Op::kLog:
        value[v] = torch::log(value[a]);
        break;
      case Op::kAbs:
        value[v] = torch::abs(value[a]);
        break;
      case Op::kSoftplus:
        value[v] = torch::log1p(torch::exp(value[a]));
        break;
    }
  }
  std::vector<Tensor> next;
  for (int s = 0; s < p.states; ++s) next.push_back(value[p.next_state[s]]);
  return next;
}

TEST(Program, InterpretedGivesWhatTheReferenceGives) {
  for (const auto& cell : all_cells()) {
    const int64_t B = 3, D = 5, H = 5, packed = static_cast<int64_t>(cell.gates.size()) * H;
    const auto f64 = torch::kFloat64;
    LayerParameters w{.weight_ih = torch::randn({packed, D}, f64),
                      .weight_hh = torch::randn({packed, H}, f64),
                      .bias_ih = torch::randn({packed}, f64),
                      .bias_hh = torch::randn({packed}, f64),
                      .units = {}};
    for (size_t u = 0; u < cell.units.size(); ++u) w.units.push_back(torch::randn({H}, f64));
    std::vector<Tensor> prev;
    for (size_t s = 0; s < cell.states.size(); ++s) prev.push_back(torch::randn({B, H}, f64));
    const auto x = torch::randn({B, D}, f64);

    const auto expected = interpret(cell.program, w, x, prev);
    const auto got = cell.run(w, {.data = x, .rows = {B}}, prev, false);
    for (size_t s = 0; s < expected.size(); ++s) {
      EXPECT_TRUE(torch::allclose(got.state[s], expected[s], 1e-12, 1e-12)) << cell.text.name << ", state " << s;
    }
  }
}

TEST(Program, IsRecordedAtCompileTime) {
  constexpr Program kProgram = record<cells::LSTM>();
  static_assert(kProgram.gates == 4 && kProgram.states == 2 && kProgram.units == 0);
  static_assert(kProgram.acts_on_h(0) && kProgram.acts_on_h(3));
  constexpr Program kCho = record<cells::ChoGRU>();
  static_assert(kCho.acts_on_h(0) && kCho.acts_on_h(1) && !kCho.acts_on_h(2), "the candidate multiplies r * h");
  static_assert(!kProgram.uses_raw_input());
}

TEST(Program, PrintsTheEquationsInTheirOwnNames) {
  EXPECT_EQ(torchscript_cell(find_cell("lstm"), true),
            "def cell(self, x: Tensor, x_maps: Tensor, weight_hh: Tensor, bias_hh: Tensor, units: List[Tensor], state: "
            "List[Tensor]) -> List[Tensor]:\n"
            "    h, c = state[0], state[1]\n"
            "    W_i, W_f, W_g, W_o = x_maps.chunk(4, 1)\n"
            "    U_i, U_f, U_g, U_o = torch.linear(h, weight_hh, bias_hh).chunk(4, 1)\n"
            "    i = torch.sigmoid(W_i + U_i)\n"
            "    f = torch.sigmoid(W_f + U_f)\n"
            "    g = torch.tanh(W_g + U_g)\n"
            "    o = torch.sigmoid(W_o + U_o)\n"
            "    c_next = f * c + i * g\n"
            "    h_next = o * torch.tanh(c_next)\n"
            "    return [h_next, c_next]\n");
}

/// Exercises what the classics do not: division, negation, a raw input, constants on either side.
struct Odd {
  template <class M>
  struct Gates {
    M p, q;
  };
  template <class T>
  struct State {
    T h;
  };
  template <class T>
  static constexpr State<T> step(const Gates<cells::Map<T>>& W, const Gates<cells::Map<T>>& U, const T& x,
                                 const State<T>& prev) {
    const auto& [h] = prev;
    const auto p = exp(-abs(W.p(x) - (U.p(h) - x)));
    const auto q = softplus(W.q(x)) / (1.0 + p * (h + 2.0));
    return {.h = maximum(q, -(p + q)) - 0.5};
  }
};

TEST(Program, PrintsPrecedenceAsItIsMeant) {
  const CellType odd{.gates = {"p", "q"}, .states = {"h"}, .program = record<Odd>()};
  EXPECT_TRUE(odd.program.uses_raw_input());
  const auto text = torchscript_cell(odd, true);
  EXPECT_NE(text.find("p = torch.exp(-torch.abs(W_p - (U_p - x)))"), std::string::npos) << text;
  EXPECT_NE(text.find("/ (1.0 + p * (h + 2.0))"), std::string::npos) << text;
}

}  // namespace
}  // namespace recur::engine::this_file
