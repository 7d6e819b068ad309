#include "trainers/metrics/caption_scores.h"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "datasets/text/tokenizer.h"
#include "trainers/metrics/bleu.h"
#include "trainers/metrics/cider.h"
#include "trainers/metrics/rouge_l.h"

namespace recur {
namespace {

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace

Tokens caption_words(const std::string& caption) {
  Tokens words;
  split_whitespace(caption, [&](std::string_view word) { words.emplace_back(word); });
  return words;
}

References caption_words(const std::vector<std::string>& captions) {
  References references;
  for (const auto& caption : captions) references.push_back(caption_words(caption));
  return references;
}

CaptionScores score_captions(const std::vector<std::string>& captions, const std::vector<References>& references) {
  std::vector<Tokens> candidates;
  for (const auto& caption : captions) candidates.push_back(caption_words(caption));
  CaptionScores scores{.corpus = {}, .cider_d = cider_d(candidates, references)};
  const auto statistics = bleu_statistics(candidates, references);
  for (int64_t order = 1; order <= kBleuOrder; ++order) {
    scores.corpus[fmt::format("bleu{}", order)] = bleu(statistics, order);
  }
  scores.corpus["rouge_l"] = mean(rouge_l(candidates, references));
  scores.corpus["cider_d"] = mean(scores.cider_d);
  int64_t exact = 0;
  for (size_t k = 0; k < candidates.size(); ++k) exact += std::ranges::count(references[k], candidates[k]) > 0 ? 1 : 0;
  scores.corpus["exact_match"] = static_cast<double>(exact) / static_cast<double>(candidates.size());
  return scores;
}

}  // namespace recur
