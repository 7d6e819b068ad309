#pragma once

#include "models/cells/cell.h"

namespace recur::cells {

/// Gated recurrent unit as first published: the reset gate acts on the state before the product, which therefore
/// cannot share the other gates' product.   x [B, D], h [B, H]
struct ChoGRU {
  static constexpr CellText kText{
      .name = "gru_cho",
      .title = "Gated recurrent unit (original)",
      .citation = "Cho et al., Learning phrase representations using RNN encoder-decoder, EMNLP 2014, equations 5-8",
      .equations =
          "r = sigmoid(W_r x + b_r + U_r h + c_r)\n"
          "z = sigmoid(W_z x + b_z + U_z h + c_z)\n"
          "n =    tanh(W_n x + b_n + U_n (r * h) + c_n)\n"
          "h' = (1 - z) * n + z * h",
      .keeps = "z",
  };
  template <class M>
  struct Gates {
    M r, z, n;  // reset, update, candidate
  };
  template <class T>
  struct State {
    T h;
  };

  template <class T>
  static constexpr State<T> step(const Gates<Map<T>>& W, const Gates<Map<T>>& U, const T& x, const State<T>& prev) {
    const auto& [h] = prev;
    const auto r = sigmoid(W.r(x) + U.r(h));
    const auto z = sigmoid(W.z(x) + U.z(h));
    const auto n = tanh(W.n(x) + U.n(r * h));
    return {.h = (1.0 - z) * n + z * h};
  }
};

}  // namespace recur::cells
