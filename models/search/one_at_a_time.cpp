// Searches that keep one hypothesis a sentence: greedy and sampling.
#include <limits>
#include <numeric>

#include <ATen/ops/multinomial.h>
#include <ATen/ops/softmax.h>

#include "core/error.h"
#include "core/special_tokens.h"
#include "models/search/search.h"
#include "models/search/step.h"

namespace recur {
namespace {

/// Extends B hypotheses token by token; `choose` maps log-probabilities [B, V] to tokens [B].
template <class Choose>
std::vector<Hypothesis> write(Decoding& decoding, int64_t max_length, const Choose& choose) {
  torch::NoGradGuard no_grad;
  const int64_t B = sentences(decoding);
  std::vector<Hypothesis> hypotheses(static_cast<size_t>(B));
  auto tokens = first_tokens(decoding);
  int64_t alive = B;
  for (int64_t t = 0; t < max_length && alive > 0; ++t) {
    const auto log_probabilities = next_log_probabilities(decoding, tokens);
    tokens = choose(log_probabilities);
    const auto gained = log_probabilities.gather(1, tokens.unsqueeze(1)).to(torch::kCPU, torch::kFloat64).contiguous();
    const auto chosen = tokens.to(torch::kCPU).contiguous();
    for (int64_t b = 0; b < B; ++b) {
      auto& hypothesis = hypotheses[b];
      if (hypothesis.ended) continue;
      hypothesis.log_probability += gained.const_data_ptr<double>()[b];
      const auto token = chosen.const_data_ptr<int64_t>()[b];
      hypothesis.ended = token == kBoundaryToken;
      if (hypothesis.ended) {
        --alive;
      } else {
        hypothesis.tokens.push_back(token);
        if (decoding.written && !decoding.written(b, token)) return hypotheses;
      }
    }
  }
  return hypotheses;
}

/// Logits [B, V] with all but the likeliest tokens at minus infinity.
torch::Tensor cut(torch::Tensor logits, const SamplingOptions& options) {
  constexpr double kMinusInfinity = -std::numeric_limits<double>::infinity();
  if (options.top_k > 0 && options.top_k < logits.size(1)) {
    const auto least = std::get<0>(logits.topk(options.top_k, 1)).narrow(1, options.top_k - 1, 1);
    logits = logits.masked_fill(logits.lt(least), kMinusInfinity);
  }
  if (options.top_p < 1) {
    const auto [sorted, order] = logits.sort(1, /*descending=*/true);
    const auto probabilities = at::softmax(sorted, 1);
    const auto before = probabilities.cumsum(1) - probabilities;  // of the likelier ones: the first always stays
    const auto kept = sorted.masked_fill(before.ge(options.top_p), kMinusInfinity);
    logits = kept.scatter(1, order, kept);
  }
  return logits;
}

}  // namespace

double Hypothesis::score(const SearchOptions& options) const {
  const auto length = static_cast<double>(tokens.size() + (ended ? 1 : 0));
  return log_probability / std::pow(std::max(length, 1.0), options.length_penalty) +
         options.coverage_penalty * coverage;
}

std::vector<Hypothesis> greedy_search(Decoding decoding, int64_t max_length) {
  return write(decoding, max_length,
               [](const torch::Tensor& log_probabilities) { return log_probabilities.argmax(1); });
}

std::vector<Hypothesis> sample(Decoding decoding, const SamplingOptions& options) {
  if (!(options.temperature > 0)) throw ConfigError("temperature: must be above 0; for the likeliest token use greedy");
  if (!(options.top_p > 0)) throw ConfigError("top_p: must be above 0");
  return write(decoding, options.max_length, [&](const torch::Tensor& log_probabilities) {
    const auto logits = cut(log_probabilities / options.temperature, options);
    return at::multinomial(at::softmax(logits, 1), 1).squeeze(1);
  });
}

}  // namespace recur
