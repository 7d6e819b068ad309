#pragma once

#include "models/cells/cell.h"

namespace recur::cells {

/// Minimal gated unit: one gate both forgets and resets.   x [B, D], h [B, H]
struct MGU {
  static constexpr CellText kText{
      .name = "mgu",
      .title = "Minimal gated unit",
      .citation = "Zhou, Wu, Zhang, Zhou, Minimal gated unit for recurrent neural networks, IJAC 13(3), 2016",
      .equations =
          "f = sigmoid(W_f x + b_f + U_f h + c_f)\n"
          "n =    tanh(W_n x + b_n + U_n (f * h) + c_n)\n"
          "h' = (1 - f) * h + f * n",
      .writes = "f",
  };
  template <class M>
  struct Gates {
    M f, n;  // forget, candidate
  };
  template <class T>
  struct State {
    T h;
  };

  template <class T>
  static constexpr State<T> step(const Gates<Map<T>>& W, const Gates<Map<T>>& U, const T& x, const State<T>& prev) {
    const auto& [h] = prev;
    const auto f = sigmoid(W.f(x) + U.f(h));
    const auto n = tanh(W.n(x) + U.n(f * h));
    return {.h = (1.0 - f) * h + f * n};
  }
};

}  // namespace recur::cells
