#include "models/engine/over_time.h"

#include <algorithm>

#include <ATen/ops/cat.h>

namespace recur::engine {
namespace {

using Tensors = std::vector<torch::Tensor>;

/// Rows [begin, end) of every state.
Tensors rows_between(const Tensors& states, int64_t begin, int64_t end) {
  Tensors parts;
  for (const auto& state : states) {
    const bool all = begin == 0 && end == state.size(0);
    parts.push_back(all ? state : state.narrow(0, begin, end - begin));
  }
  return parts;
}

/// Each state, its parts one below the other.
Tensors stack_rows(const std::vector<Tensors>& parts) {
  if (parts.size() == 1) return parts.front();
  Tensors states;
  for (size_t s = 0; s < parts.front().size(); ++s) {
    Tensors pieces;
    for (const auto& part : parts) pieces.push_back(part[s]);
    states.push_back(at::cat(pieces));
  }
  return states;
}

LayerResult run_forward(const std::vector<int64_t>& rows, const Tensors& initial, const Step& step) {
  Tensors outputs, states = initial;
  std::vector<Tensors> ended;
  int64_t alive = rows.front();
  for (size_t t = 0; t < rows.size(); ++t) {
    if (rows[t] < alive) {
      ended.push_back(rows_between(states, rows[t], alive));
      states = rows_between(states, 0, rows[t]);
      alive = rows[t];
    }
    step(static_cast<int64_t>(t), states);
    outputs.push_back(states.front());
  }
  ended.push_back(states);
  std::reverse(ended.begin(), ended.end());  // the longest sequences, first in the batch, ended last
  return {.output = at::cat(outputs), .state = stack_rows(ended)};
}

LayerResult run_backward(const std::vector<int64_t>& rows, const Tensors& initial, const Step& step) {
  int64_t alive = rows.back();
  Tensors outputs(rows.size()), states = rows_between(initial, 0, alive);
  for (auto t = static_cast<int64_t>(rows.size()) - 1; t >= 0; --t) {
    if (rows[t] > alive) {
      states = stack_rows({states, rows_between(initial, alive, rows[t])});
      alive = rows[t];
    }
    step(t, states);
    outputs[t] = states.front();
  }
  return {.output = at::cat(outputs), .state = states};
}

}  // namespace

LayerResult run_over_time(const std::vector<int64_t>& rows, const Tensors& initial, bool reverse, const Step& step) {
  return reverse ? run_backward(rows, initial, step) : run_forward(rows, initial, step);
}

}  // namespace recur::engine
