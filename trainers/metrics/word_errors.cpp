#include "trainers/metrics/word_errors.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/error.h"
#include "datasets/text/tokenizer.h"
#include "datasets/text/utf8.h"

namespace recur {
namespace {

using Texts = std::span<const std::string>;
using Split = Tokens (*)(std::string_view);

/// A blank to Python's re and str.strip.
bool is_blank(int32_t c) {
  return (c >= 0x1C && c <= 0x1F) || character_class(c) == CharacterClass::kBlank;
}

/// @param who  is named if it is not UTF-8
void check_utf8(std::string_view text, const std::string& who) {
  const size_t at = find_not_utf8(text);
  if (at == std::string_view::npos) return;
  throw DataError(fmt::format("transcript scores: {}: byte {} (0x{:02X}) is not UTF-8", who, at + 1,
                              static_cast<unsigned char>(text[at])));
}

std::string_view without_blanks_around(std::string_view text) {
  check_utf8(text, "a transcript");
  size_t begin = text.size(), end = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t here = at;
    if (is_blank(next_code_point(text, at))) continue;
    begin = std::min(begin, here);
    end = at;
  }
  return begin < end ? text.substr(begin, end - begin) : std::string_view{};
}

/// Sum over a corpus of the errors in what `split` makes of its transcripts.
ErrorRate sum_errors(Texts hypotheses, Texts references, Split split) {
  check_transcripts(hypotheses, references);
  ErrorRate sum;
  for (size_t k = 0; k < references.size(); ++k) sum += count_errors(split(references[k]), split(hypotheses[k]));
  return sum;
}

}  // namespace

double ErrorRate::rate() const {
  return static_cast<double>(edits()) / static_cast<double>(std::max<int64_t>(reference, 1));
}

ErrorRate& ErrorRate::operator+=(const ErrorRate& other) {
  substitutions += other.substitutions;
  deletions += other.deletions;
  insertions += other.insertions;
  reference += other.reference;
  return *this;
}

Tokens transcript_words(std::string_view text) {
  text = without_blanks_around(text);
  Tokens words;
  size_t begin = 0;  // of a word
  for (size_t at = 0; at < text.size();) {
    const size_t here = at;
    int64_t blanks = 0;
    bool space = false;
    for (size_t next = at; next < text.size(); at = next) {
      const int32_t c = next_code_point(text, next);
      if (!is_blank(c)) break;
      ++blanks;
      space |= c == ' ';
    }
    if (blanks > 1 || space) {
      words.emplace_back(text.substr(begin, here - begin));
      begin = at;
    } else if (blanks == 0) {
      next_code_point(text, at);
    }
  }
  if (begin < text.size()) words.emplace_back(text.substr(begin));
  return words;
}

Tokens transcript_characters(std::string_view text) {
  Tokens characters;
  split_characters(without_blanks_around(text), [&](std::string_view c) { characters.emplace_back(c); });
  return characters;
}

ErrorRate count_errors(std::span<const Edit> edits) {
  ErrorRate counted;
  for (const auto& edit : edits) {
    counted.substitutions += edit.kind == Edit::Kind::kSubstitution ? 1 : 0;
    counted.deletions += edit.kind == Edit::Kind::kDeletion ? 1 : 0;
    counted.insertions += edit.kind == Edit::Kind::kInsertion ? 1 : 0;
    counted.reference += edit.kind == Edit::Kind::kInsertion ? 0 : 1;
  }
  return counted;
}

ErrorRate count_errors(const Tokens& reference, const Tokens& hypothesis) {
  return count_errors(shortest_edits(reference, hypothesis));
}

void check_transcripts(Texts hypotheses, Texts references) {
  if (references.empty() || hypotheses.size() != references.size()) {
    throw DataError(
        fmt::format("transcript scores: got {} transcripts and {} references, expected as many, and at least one",
                    hypotheses.size(), references.size()));
  }
  for (size_t k = 0; k < references.size(); ++k) {
    check_utf8(hypotheses[k], fmt::format("transcript {} (from 0)", k));
    check_utf8(references[k], fmt::format("reference {} (from 0)", k));
  }
}

ErrorRate word_errors(Texts hypotheses, Texts references) {
  return sum_errors(hypotheses, references, transcript_words);
}

ErrorRate character_errors(Texts hypotheses, Texts references) {
  return sum_errors(hypotheses, references, transcript_characters);
}

Metrics score_transcripts(Texts hypotheses, Texts references) {
  Metrics metrics = {{"wer", word_errors(hypotheses, references).rate()},
                     {"cer", character_errors(hypotheses, references).rate()}};
  int64_t exact = 0;
  bool isolated = true;
  for (size_t k = 0; k < references.size(); ++k) {
    const auto words = transcript_words(references[k]);
    exact += words == transcript_words(hypotheses[k]) ? 1 : 0;
    isolated = isolated && words.size() == 1;
  }
  metrics["exact_match"] = static_cast<double>(exact) / static_cast<double>(references.size());
  if (isolated) metrics["accuracy"] = metrics["exact_match"];
  return metrics;
}

}  // namespace recur
