#include "trainers/metrics/translation_scores.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <unordered_map>

#include <fmt/format.h>

#include "core/error.h"
#include "datasets/text/normalization.h"
#include "datasets/text/tokenizer.h"
#include "datasets/text/utf8.h"
#include "trainers/metrics/tokenize_13a.h"

namespace recur {
namespace {

constexpr size_t kChrfOrder = 6;
constexpr double kBetaSquared = 4;

using Texts = std::span<const std::string>;

void check_texts(const char* metric, Texts candidates, Texts references) {
  if (candidates.empty() || candidates.size() != references.size()) {
    throw DataError(fmt::format("{}: got {} translations and {} references, expected as many, and at least one", metric,
                                candidates.size(), references.size()));
  }
  const auto check_utf8 = [&](const char* what, Texts texts) {
    for (size_t k = 0; k < texts.size(); ++k) {
      const size_t at = find_not_utf8(texts[k]);
      if (at == std::string_view::npos) continue;
      throw DataError(fmt::format("{}: {} {} (from 0): byte {} (0x{:02X}) is not UTF-8", metric, what, k, at + 1,
                                  static_cast<unsigned char>(texts[k][at])));
    }
  };
  check_utf8("translation", candidates);
  check_utf8("reference", references);
}

/// Counts of n-grams that add up over a corpus.  Index n - 1 is of the n-grams.
struct ChrfStatistics {
  std::array<int64_t, kChrfOrder> candidate{}, reference{}, matches{};
};

std::u32string code_points_without_blanks(std::string_view text) {
  std::u32string points;
  split_as_python(text, [&](std::string_view word) {
    for (size_t at = 0; at < word.size();) points += static_cast<char32_t>(next_code_point(word, at));
  });
  return points;
}

void add_pair(ChrfStatistics& sum, std::u32string_view candidate, std::u32string_view reference) {
  for (size_t n = 1; n <= std::min(kChrfOrder, reference.size()); ++n) {
    std::unordered_map<std::u32string_view, int64_t> unmatched;
    for (size_t at = 0; at + n <= reference.size(); ++at) {
      ++unmatched[reference.substr(at, n)];
      ++sum.reference[n - 1];
    }
    for (size_t at = 0; at + n <= candidate.size(); ++at) {
      ++sum.candidate[n - 1];
      const auto found = unmatched.find(candidate.substr(at, n));
      if (found == unmatched.end() || found->second == 0) continue;
      --found->second;
      ++sum.matches[n - 1];
    }
  }
}

double chrf_of(const ChrfStatistics& sum) {
  double precision = 0, recall = 0;
  int64_t orders = 0;
  for (size_t n = 0; n < kChrfOrder; ++n) {
    if (sum.candidate[n] == 0 || sum.reference[n] == 0) continue;
    precision += static_cast<double>(sum.matches[n]) / static_cast<double>(sum.candidate[n]);
    recall += static_cast<double>(sum.matches[n]) / static_cast<double>(sum.reference[n]);
    ++orders;
  }
  if (precision + recall == 0) return 0;
  precision /= static_cast<double>(orders);
  recall /= static_cast<double>(orders);
  return (1 + kBetaSquared) * precision * recall / (kBetaSquared * precision + recall);
}

/// sacrebleu's BLEU strips a text's end before the tokenizer sees it: a hyphen before a last line end stays.
Tokens tokens_of_segment(std::string_view text) {
  size_t end = 0;
  split_as_python(text,
                  [&](std::string_view word) { end = static_cast<size_t>(word.data() + word.size() - text.data()); });
  return tokenize_13a(text.substr(0, end));
}

Tokens between_blanks(std::string_view text) {
  Tokens words;
  split_whitespace(text, [&](std::string_view word) { words.emplace_back(word); });
  return words;
}

}  // namespace

double smoothed_bleu(const BleuStatistics& statistics) {
  if (std::ranges::count(statistics.matches, 0) == kBleuOrder) return 0;
  double log_precisions = 0, part_of_a_match = 1;
  for (size_t n = 0; n < statistics.matches.size(); ++n) {
    if (statistics.totals[n] == 0) return 0;
    auto matches = static_cast<double>(statistics.matches[n]);
    if (statistics.matches[n] == 0) {
      part_of_a_match /= 2;
      matches = part_of_a_match;
    }
    log_precisions += std::log(matches / static_cast<double>(statistics.totals[n]));
  }
  const double shortage =
      static_cast<double>(statistics.reference_length) / static_cast<double>(statistics.candidate_length) - 1;
  return std::exp(log_precisions / kBleuOrder - std::max(shortage, 0.0));
}

double chrf(Texts candidates, Texts references) {
  check_texts("chrF", candidates, references);
  ChrfStatistics sum;
  for (size_t k = 0; k < candidates.size(); ++k) {
    add_pair(sum, code_points_without_blanks(candidates[k]), code_points_without_blanks(references[k]));
  }
  return chrf_of(sum);
}

Tokens translation_words(std::string_view text) {
  Tokens words;
  split_words(normalize_text(text, TextOptions{}), [&](std::string_view word) { words.emplace_back(word); });
  return words;
}

Metrics score_translations(Texts translations, Texts references) {
  check_texts("translation scores", translations, references);
  BleuStatistics cased, words;
  int64_t exact = 0;
  for (size_t k = 0; k < translations.size(); ++k) {
    cased += bleu_statistics(tokens_of_segment(translations[k]), {tokens_of_segment(references[k])});
    words += bleu_statistics(translation_words(translations[k]), {translation_words(references[k])});
    exact += between_blanks(translations[k]) == between_blanks(references[k]) ? 1 : 0;
  }
  return {{"bleu", 100 * smoothed_bleu(cased)},
          {"bleu_tokens", 100 * smoothed_bleu(words)},
          {"chrf", 100 * chrf(translations, references)},
          {"exact_match", static_cast<double>(exact) / static_cast<double>(translations.size())}};
}

std::string bleu_signature() {
  return "nrefs:1|case:mixed|eff:no|tok:13a|smooth:exp";
}

}  // namespace recur
