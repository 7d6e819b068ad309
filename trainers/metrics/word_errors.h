// How much of a transcript is wrong: word and character error rates, with the numbers that jiwer prints.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "trainers/metrics/edit_distance.h"
#include "trainers/metrics/ngrams.h"
#include "trainers/task.h"

namespace recur {

/// Counts that add up over a corpus.
struct ErrorRate {
  int64_t substitutions = 0, deletions = 0, insertions = 0;
  int64_t reference = 0;  ///< tokens of the references

  int64_t edits() const { return substitutions + deletions + insertions; }
  /// edits / reference; can be above 1.  As in jiwer: the number of edits if no reference has a token.
  double rate() const;
  ErrorRate& operator+=(const ErrorRate& other);
  bool operator==(const ErrorRate&) const = default;
};

/// The words of a transcript as jiwer has them: what stands between spaces (U+0020) or between two blanks or more,
/// blanks at the ends left out.  A single tab or no-break space does not end a word.
/// @throws DataError for a text that is not UTF-8.
Tokens transcript_words(std::string_view text);

/// Its code points, blanks among them, but not those at the ends.
/// @throws DataError for a text that is not UTF-8.
Tokens transcript_characters(std::string_view text);

/// The edits of shortest_edits(), counted.
ErrorRate count_errors(std::span<const Edit> edits);
ErrorRate count_errors(const Tokens& reference, const Tokens& hypothesis);

/// What every metric of transcripts asks first: as many hypotheses as references, one at least, all UTF-8.
/// @throws DataError
void check_transcripts(std::span<const std::string> hypotheses, std::span<const std::string> references);

/// Sums over a corpus, hypotheses[k] heard where references[k] was said; one reference at least.
/// @throws DataError if there are not as many, or none, or for a text that is not UTF-8.
ErrorRate word_errors(std::span<const std::string> hypotheses, std::span<const std::string> references);
ErrorRate character_errors(std::span<const std::string> hypotheses, std::span<const std::string> references);

/// Scores of a corpus, as fractions:
///   wer          word_errors().rate()
///   cer          character_errors().rate()
///   exact_match  share of transcripts all of whose words are right
///   accuracy     the same, only where every reference is a single word
/// @throws DataError as word_errors().
Metrics score_transcripts(std::span<const std::string> hypotheses, std::span<const std::string> references);

}  // namespace recur
