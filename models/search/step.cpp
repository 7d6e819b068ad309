#include "models/search/step.h"

#include <limits>

#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>

#include "core/error.h"
#include "core/special_tokens.h"

namespace recur {

int64_t sentences(const Decoding& decoding) {
  if (decoding.state.empty()) throw ShapeError("search: a decoding needs a state");
  return decoding.state.front().size(1);
}

torch::Tensor first_tokens(const Decoding& decoding) {
  const auto options = decoding.state.front().options().dtype(torch::kInt64);
  const int64_t B = sentences(decoding);
  if (decoding.first.empty()) return at::full({B}, kBoundaryToken, options);
  if (static_cast<int64_t>(decoding.first.size()) != B) throw ShapeError("search: expected a first token a sentence");
  return at::tensor(decoding.first, options);
}

torch::Tensor next_log_probabilities(Decoding& decoding, const torch::Tensor& tokens) {
  auto log_probabilities = decoding.step(tokens, decoding.state, decoding.memory);
  auto forbidden = decoding.never;
  if (!decoding.ends) forbidden.push_back(kBoundaryToken);
  if (forbidden.empty()) return log_probabilities;
  const auto never = at::tensor(forbidden, tokens.options());
  return log_probabilities.index_fill(1, never, -std::numeric_limits<double>::infinity());
}

}  // namespace recur
