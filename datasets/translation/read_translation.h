// Sentences with their translations, read and split: what a translator learns from.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "datasets/read_progress.h"
#include "datasets/translation/options.h"

namespace recur {

/// Parallel vectors: target[i] is a translation of source[i].  UTF-8, not empty, one blank between words, none around
/// them (a blank is Unicode's White_Space, so tabs and no-break spaces become plain blanks).
struct SentencePairs {
  std::vector<std::string> source, target;

  int64_t size() const { return static_cast<int64_t>(source.size()); }
};

struct TranslationData {
  SentencePairs train, validation, test;
  std::vector<std::string> report;  ///< what was found, carved and left out, for a person
};

/// Reads and splits what `options` describe.  `seed` decides which pairs a carved split gets, or which numbers are
/// drawn, and nothing else; within a split the pairs keep the files' order.  Files may be packed (.gz, .bz2, .xz,
/// .zst); those of lines are found with the ending .gz too.
///
/// A pair with an empty side is left out, and so is a training pair that is too long or too unequal (`max_words`,
/// `max_length_ratio`); `report` counts them, and the sentences that two splits share.
/// @throws DataError  file:line:column for what is in another encoding or not JSON; file:line for a row that is
/// malformed; a file
///                    that is absent; two files of lines that do not have as many lines; a split that is not there
///                    while the folder has a file that may be it; a training or validation split without pairs.
/// @throws ConfigError  for an encoding that is not known.
TranslationData read_translation(const TranslationDataOptions& options, int64_t seed,
                                 const ReadProgress& progress = {});

}  // namespace recur
