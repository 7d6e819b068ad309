// A cell of your own.  Replace the words, the names and the equations; everything else follows from them.
#pragma once

#include <models/cells/cell.h>

/// JANET: an LSTM that has its forget gate and nothing else.   x [B, D], h [B, H]
struct MyCell {
  static constexpr recur::cells::CellText kText{
      .name = "my_cell",
      .title = "My cell (JANET)",
      .citation = "van der Westhuizen & Lasenby, The unreasonable effectiveness of the forget gate, 2018",
      .equations =
          "f = W_f x + b_f + U_f h + c_f\n"
          "g = tanh(W_g x + b_g + U_g h + c_g)\n"
          "h' = sigmoid(f) * h + (1 - sigmoid(f - 1)) * g",
      .keeps = "f",
  };
  template <class M>
  struct Gates {
    M f, g;  // forget, candidate
  };
  template <class T>
  struct State {
    T h;
  };

  template <class T>
  using Maps = Gates<recur::cells::Map<T>>;

  /// W.k(x) = W_k x + b_k, U.k(h) = U_k h + c_k.  What else a step may use: models/cells/cell.h.
  template <class T>
  static constexpr State<T> step(const Maps<T>& W, const Maps<T>& U, const T& x, const State<T>& prev) {
    const auto& [h] = prev;
    const auto f = W.f(x) + U.f(h);
    const auto g = tanh(W.g(x) + U.g(h));
    return {.h = sigmoid(f) * h + (1.0 - sigmoid(f - 1.0)) * g};
  }
};
