#include "models/search/step.h"

#include <limits>

#include <ATen/ops/tensor.h>

#include "core/error.h"

namespace recur {

int64_t sentences(const Decoding& decoding) {
  if (decoding.state.empty()) throw ShapeError("search: a decoding needs a state");
  return decoding.state.front().size(1);
}

torch::Tensor next_log_probabilities(Decoding& decoding, const torch::Tensor& tokens) {
  auto log_probabilities = decoding.step(tokens, decoding.state, decoding.memory);
  if (decoding.never.empty()) return log_probabilities;
  const auto never = at::tensor(decoding.never, tokens.options());
  return log_probabilities.index_fill(1, never, -std::numeric_limits<double>::infinity());
}

}  // namespace recur
