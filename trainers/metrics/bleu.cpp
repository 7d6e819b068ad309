#include "trainers/metrics/bleu.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "core/error.h"

namespace recur {
namespace {

int64_t length(const Tokens& tokens) {
  return static_cast<int64_t>(tokens.size());
}

/// Of each n-gram the highest count in any reference.
NgramCounts highest_counts(const References& references) {
  NgramCounts highest;
  for (const Tokens& reference : references) {
    for (const auto& [ngram, count] : count_ngrams(reference, kBleuOrder)) {
      int64_t& most = highest[ngram];
      most = std::max(most, count);
    }
  }
  return highest;
}

int64_t nearest_length(int64_t candidate, const References& references) {
  const auto distance = [&](const Tokens& reference) {
    return std::pair(std::abs(length(reference) - candidate), length(reference));
  };
  return length(*std::ranges::min_element(references, {}, distance));
}

}  // namespace

BleuStatistics& BleuStatistics::operator+=(const BleuStatistics& other) {
  for (size_t n = 0; n < matches.size(); ++n) {
    matches[n] += other.matches[n];
    totals[n] += other.totals[n];
  }
  candidate_length += other.candidate_length;
  reference_length += other.reference_length;
  return *this;
}

BleuStatistics bleu_statistics(const Tokens& candidate, const References& references) {
  return bleu_statistics({&candidate, 1}, {&references, 1});
}

BleuStatistics bleu_statistics(std::span<const Tokens> candidates, std::span<const References> references) {
  check_references("BLEU", candidates, references);
  BleuStatistics sum;
  for (size_t i = 0; i < candidates.size(); ++i) {
    const NgramCounts available = highest_counts(references[i]);
    for (const auto& [ngram, count] : count_ngrams(candidates[i], kBleuOrder)) {
      const auto found = available.find(ngram);
      sum.totals[ngram.size() - 1] += count;
      if (found != available.end()) sum.matches[ngram.size() - 1] += std::min(count, found->second);
    }
    sum.candidate_length += length(candidates[i]);
    sum.reference_length += nearest_length(length(candidates[i]), references[i]);
  }
  return sum;
}

double bleu(const BleuStatistics& statistics, int64_t order) {
  if (order < 1 || order > kBleuOrder) {
    throw ConfigError(fmt::format("BLEU: got order {}, expected 1 to {}", order, kBleuOrder));
  }
  double log_precisions = 0;
  for (size_t n = 0; n < static_cast<size_t>(order); ++n) {
    if (statistics.matches[n] == 0) return 0;
    log_precisions += std::log(static_cast<double>(statistics.matches[n]) / static_cast<double>(statistics.totals[n]));
  }
  const double shortage =
      static_cast<double>(statistics.reference_length) / static_cast<double>(statistics.candidate_length) - 1;
  return std::exp(log_precisions / static_cast<double>(order) - std::max(shortage, 0.0));
}

}  // namespace recur
