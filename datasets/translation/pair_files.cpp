#include "datasets/translation/pair_files.h"

#include <utility>

#include <fmt/format.h>

#include "datasets/text/tokenizer.h"
#include "datasets/with_commas.h"

namespace recur {

std::string with_single_blanks(std::string_view text) {
  std::string words;
  words.reserve(text.size());
  split_whitespace(text, [&](std::string_view word) {
    if (!words.empty()) words += ' ';
    words += word;
  });
  return words;
}

void PairFile::add(std::string_view source_text, std::string_view target_text) {
  auto first = with_single_blanks(source_text), second = with_single_blanks(target_text);
  if (first.empty() || second.empty()) {
    ++empty;
  } else {
    pairs.source.push_back(std::move(first));
    pairs.target.push_back(std::move(second));
  }
}

std::string PairFile::to_line() const {
  auto line = fmt::format("{}: {} pairs", name, with_commas(pairs.size()));
  if (empty > 0) line += fmt::format("; left out: {} with an empty side", with_commas(empty));
  return line;
}

}  // namespace recur
