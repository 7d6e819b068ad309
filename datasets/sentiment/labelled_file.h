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

/// `text` without ASCII blanks, tabs and line ends around it.
std::string_view trimmed(std::string_view text);

/// Calls `take(line, number)` for each line of `text`, numbers from 1, without its LF or CRLF; a last line without a
/// line end counts, an empty one behind the last line end does not.
template <class Take>
void for_each_line(std::string_view text, Take take) {
  for (int64_t number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    take(line, number);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
}

}  // namespace recur
