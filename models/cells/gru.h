#pragma once

#include "models/cells/cell.h"

namespace recur::cells {

/// Gated recurrent unit, torch's variant: the reset gate acts after the recurrent product, so that one product serves
/// all gates.  Gate order r, z, n as in torch::nn::GRU.   x [B, D], h [B, H]
struct GRU {
  static constexpr CellText kText{
      .name = "gru",
      .title = "Gated recurrent unit (torch's variant)",
      .citation =
          "Cho et al., Learning phrase representations using RNN encoder-decoder, EMNLP 2014; the variant of "
          "cuDNN and torch",
      .equations =
          "r = sigmoid(W_r x + b_r + U_r h + c_r)\n"
          "z = sigmoid(W_z x + b_z + U_z h + c_z)\n"
          "n =    tanh(W_n x + b_n + r * (U_n h + c_n))\n"
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
    const auto n = tanh(W.n(x) + r * U.n(h));
    return {.h = (1.0 - z) * n + z * h};
  }
};

}  // namespace recur::cells
