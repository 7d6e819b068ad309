#pragma once

#include "models/cells/cell.h"

namespace recur::cells {

/// Long short-term memory with a forget gate; gate order i, f, g, o as in torch::nn::LSTM.   x [B, D], h, c [B, H]
struct LSTM {
  static constexpr CellText kText{
      .name = "lstm",
      .title = "Long short-term memory",
      .citation =
          "Hochreiter & Schmidhuber, Long short-term memory, Neural Computation 9(8), 1997; forget gate: Gers, "
          "Schmidhuber, Cummins, Learning to forget, 2000",
      .equations =
          "i = sigmoid(W_i x + b_i + U_i h + c_i)\n"
          "f = sigmoid(W_f x + b_f + U_f h + c_f)\n"
          "g =    tanh(W_g x + b_g + U_g h + c_g)\n"
          "o = sigmoid(W_o x + b_o + U_o h + c_o)\n"
          "c' = f * c + i * g\n"
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
  static constexpr State<T> step(const Gates<Map<T>>& W, const Gates<Map<T>>& U, const T& x, const State<T>& prev) {
    const auto& [h, c] = prev;
    const auto i = sigmoid(W.i(x) + U.i(h));
    const auto f = sigmoid(W.f(x) + U.f(h));
    const auto g = tanh(W.g(x) + U.g(h));
    const auto o = sigmoid(W.o(x) + U.o(h));
    const auto c_next = f * c + i * g;
    return {.h = o * tanh(c_next), .c = c_next};
  }
};

}  // namespace recur::cells
