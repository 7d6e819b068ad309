// BLEU (Papineni et al. 2002, "BLEU: a method for automatic evaluation of machine translation").
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "trainers/metrics/ngrams.h"

namespace recur {

inline constexpr int64_t kBleuOrder = 4;

/// What BLEU is computed from: counts that add up over a corpus.  Index n - 1 is of the n-grams.
struct BleuStatistics {
  std::array<int64_t, kBleuOrder> matches{};  ///< n-grams of the candidate that a reference has, each as often as in
                                              ///< that reference which has it most often, and not more often
  std::array<int64_t, kBleuOrder> totals{};   ///< n-grams of the candidate; 0 if it has less than n tokens
  int64_t candidate_length = 0;               ///< tokens
  int64_t reference_length = 0;               ///< of the reference nearest in length; of two as near the shorter

  BleuStatistics& operator+=(const BleuStatistics& other);
  bool operator==(const BleuStatistics&) const = default;
};

/// The statistics of one candidate.
/// @throws DataError if there is no reference.
BleuStatistics bleu_statistics(const Tokens& candidate, const References& references);

/// The sum over a corpus.
/// @throws DataError if there is no candidate, or one without a reference.
BleuStatistics bleu_statistics(std::span<const Tokens> candidates, std::span<const References> references);

/// BLEU-`order` in 0 ... 1: the geometric mean of the precisions matches[n] / totals[n], n = 1 ... order, times the
/// brevity penalty exp(1 - reference_length / candidate_length) where the candidates are shorter.  Nothing is smoothed:
/// without a match of some order it is 0.
///
/// Of a corpus the same as pycocoevalcap's to 1e-9 (which adds 1e-15 to the matches and 1e-9 to the totals, so that
/// without a match it is small and not 0), as sacrebleu's without smoothing, and as nltk's corpus_bleu where no
/// candidate is shorter than `order` (nltk counts one n-gram in a text that has none).
/// @throws ConfigError if order is not in 1 ... 4.
double bleu(const BleuStatistics& statistics, int64_t order = kBleuOrder);

}  // namespace recur
