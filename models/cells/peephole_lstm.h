#pragma once

#include "models/cells/cell.h"

namespace recur::cells {

/// LSTM whose gates also see the cell state through one weight a unit; the output gate sees the new cell state.
/// x [B, D], h, c [B, H], p_* [H]
struct PeepholeLSTM {
  static constexpr CellText kText{
      .name = "lstm_peephole",
      .title = "LSTM with peepholes",
      .citation = "Gers & Schmidhuber, Recurrent nets that time and count, IJCNN 2000",
      .equations =
          "i = sigmoid(W_i x + b_i + U_i h + c_i + p_i * c)\n"
          "f = sigmoid(W_f x + b_f + U_f h + c_f + p_f * c)\n"
          "g =    tanh(W_g x + b_g + U_g h + c_g)\n"
          "c' = f * c + i * g\n"
          "o = sigmoid(W_o x + b_o + U_o h + c_o + p_o * c')\n"
          "h' = o * tanh(c')",
      .keeps = "f",
      .writes = "i",
  };
  template <class M>
  struct Gates {
    M i, f, g, o;  // input, forget, candidate, output
  };
  template <class T>
  struct State {
    T h, c;
  };
  template <class T>
  struct Units {
    T p_i, p_f, p_o;
  };

  template <class T>
  static constexpr State<T> step(const Gates<Map<T>>& W, const Gates<Map<T>>& U, const Units<T>& p, const T& x,
                                 const State<T>& prev) {
    const auto& [h, c] = prev;
    const auto i = sigmoid(W.i(x) + U.i(h) + p.p_i * c);
    const auto f = sigmoid(W.f(x) + U.f(h) + p.p_f * c);
    const auto g = tanh(W.g(x) + U.g(h));
    const auto c_next = f * c + i * g;
    const auto o = sigmoid(W.o(x) + U.o(h) + p.p_o * c_next);
    return {.h = o * tanh(c_next), .c = c_next};
  }
};

}  // namespace recur::cells
