// The texts of one file with their labels as words, before classes have numbers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace recur {

/// Parallel vectors, one entry a kept text.
struct LabelledFile {
  std::string source;                    ///< for messages: the path
  std::string encoding;                  ///< that its bytes were read in
  std::vector<std::string> texts = {};   ///< UTF-8, without blanks around them, not empty
  std::vector<std::string> labels = {};  ///< without blanks around them, not empty
  std::vector<int64_t> lines = {};       ///< where the text begins, from 1; 0: not known
  std::vector<std::string> groups = {};  ///< what a text is about, where that is known: see LabelledTexts; else ""
  int64_t without_text = 0;              ///< left out
  int64_t without_label = 0;             ///< left out

  int64_t size() const { return static_cast<int64_t>(texts.size()); }

  /// Keeps the text, or counts what is missing: a text or label that is empty or all blanks.
  void add(std::string_view text, std::string_view label, int64_t line, std::string_view group = "");

  /// "train.tsv: 1,200 texts (utf-8); left out: 3 without text, 1 without label".
  std::string to_line() const;
};

/// A data set's files, as its makers split it; an empty part is not there.
struct LabelledFiles {
  std::vector<LabelledFile> train = {}, validation = {}, test = {};
};

}  // namespace recur
