#pragma once

#include "models/cells/cell.h"

namespace recur::cells {

/// The simple recurrent network of Elman 1990, as in torch::nn::RNN.   x [B, D], h [B, H]
struct RNN {
  static constexpr CellText kText{
      .name = "rnn",
      .title = "Vanilla RNN (tanh)",
      .citation = "Elman, Finding structure in time, Cognitive Science 14, 1990",
      .equations = "h' = tanh(W x + b + U h + c)",
  };
  template <class M>
  struct Gates {
    M a;
  };
  template <class T>
  struct State {
    T h;
  };

  template <class T>
  static constexpr State<T> step(const Gates<Map<T>>& W, const Gates<Map<T>>& U, const T& x, const State<T>& prev) {
    const auto& [h] = prev;
    return {.h = tanh(W.a(x) + U.a(h))};
  }
};

/// The same with a rectifier, as in torch::nn::RNN with nonlinearity relu.   x [B, D], h [B, H]
struct ReluRNN {
  static constexpr CellText kText{
      .name = "rnn_relu",
      .title = "Vanilla RNN (relu)",
      .citation = "Le, Jaitly, Hinton, A simple way to initialize recurrent networks of rectified linear units, 2015",
      .equations = "h' = relu(W x + b + U h + c)",
  };
  template <class M>
  struct Gates {
    M a;
  };
  template <class T>
  struct State {
    T h;
  };

  template <class T>
  static constexpr State<T> step(const Gates<Map<T>>& W, const Gates<Map<T>>& U, const T& x, const State<T>& prev) {
    const auto& [h] = prev;
    return {.h = relu(W.a(x) + U.a(h))};
  }
};

}  // namespace recur::cells
