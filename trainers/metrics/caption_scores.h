// Captions that a model wrote on its own, measured by what people wrote of the same images.
#pragma once

#include <string>
#include <vector>

#include "trainers/metrics/ngrams.h"
#include "trainers/task.h"

namespace recur {

/// The words of captions, as the metrics take them: what stands between blanks.
Tokens caption_words(const std::string& caption);
References caption_words(const std::vector<std::string>& captions);

struct CaptionScores {
  /// bleu1 ... bleu4, rouge_l (0 ... 1), cider_d (0 ... 10; the headers beside this one say how they are defined) and
  /// exact_match, the share of captions that are one of their references, word by word.
  Metrics corpus;
  std::vector<double> cider_d;  ///< of each caption
};

/// @throws DataError if there is no caption, or one without a reference.
CaptionScores score_captions(const std::vector<std::string>& captions, const std::vector<References>& references);

}  // namespace recur
