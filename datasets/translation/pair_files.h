// The pairs that files hold, before anybody has split them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "datasets/translation/read_translation.h"

namespace recur {

/// What one file holds, or two files of lines.
struct PairFile {
  std::string source;        ///< for messages: the path, or both
  std::string name;          ///< for the report: the same without folders
  SentencePairs pairs = {};  ///< as SentencePairs says
  int64_t empty = 0;         ///< left out: nothing is written on one side or on both

  /// Keeps the pair, or counts it if a side is blank.  Both are UTF-8, with any blanks.
  void add(std::string_view source_text, std::string_view target_text);

  /// "train.de, train.en: 29,000 pairs; left out: 3 with an empty side".
  std::string to_line() const;
};

/// A data set as its files split it; what has no file is to be carved.
struct PairFiles {
  PairFile train = {};
  std::optional<PairFile> validation = {}, test = {};
};

/// `text` with one blank for each run of Unicode's White_Space, and none around it.
std::string with_single_blanks(std::string_view text);

}  // namespace recur
