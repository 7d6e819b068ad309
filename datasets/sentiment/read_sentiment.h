// Labelled texts, read and split: what a text classifier learns from.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "datasets/read_progress.h"
#include "datasets/sentiment/options.h"

namespace recur {

/// Parallel vectors.
struct LabelledTexts {
  std::vector<std::string> texts;  ///< UTF-8, not empty
  std::vector<int64_t> labels;     ///< places in SentimentData::labels
  std::vector<std::string> groups =
      {};  ///< IMDB: the film; a carved split shares none with the rest.  "": a group alone

  int64_t size() const { return static_cast<int64_t>(texts.size()); }
};

struct SentimentData {
  std::vector<std::string> labels;  ///< names of the classes, 2 or more: numbers in their order, else words by bytes
  LabelledTexts train, validation, test;
  std::vector<std::string> report;  ///< one line a file: its texts, its encoding, and what was left out
};

/// Reads and splits what `options` describe.  `seed` decides which texts a carved split or a fold gets, and nothing
/// else; within a split the texts keep the files' order.
/// @throws DataError  file:line for what is malformed or in another encoding, a label that the training part lacks;
///                    the file's name if it is absent; a training part with less than two classes.
SentimentData read_sentiment(const SentimentDataOptions& options, int64_t seed, const ReadProgress& progress = {});

}  // namespace recur
