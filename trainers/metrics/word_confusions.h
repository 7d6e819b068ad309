// What goes wrong in transcripts: words that are taken for others, and the utterances with the most errors.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "trainers/metrics/word_errors.h"

namespace recur {

/// A mistake and how often it was made.
struct WordConfusion {
  std::string said;   ///< "" of an insertion
  std::string heard;  ///< "" of a deletion
  int64_t count = 0;

  bool operator==(const WordConfusion&) const = default;
};

/// Each kind the most frequent first, equally frequent ones in order of their bytes.
struct WordConfusions {
  std::vector<WordConfusion> substitutions, deletions, insertions;
};

/// @throws DataError as word_errors().
WordConfusions word_confusions(std::span<const std::string> hypotheses, std::span<const std::string> references);

/// An utterance's words beside each other.
struct AlignedTranscript {
  int64_t index = 0;  ///< in the corpus, from 0
  Tokens reference, hypothesis;
  std::vector<Edit> edits;
  ErrorRate errors;
};

/// The `count` utterances with the most word errors, those with fewer words before longer ones with as many, then in
/// the corpus' order; utterances without errors are left out.
/// @throws DataError as word_errors().
std::vector<AlignedTranscript> worst_transcripts(std::span<const std::string> hypotheses,
                                                 std::span<const std::string> references, int64_t count);

/// Three lines, the words in columns (display_width), as jiwer's visualize_alignment has them; each ends with '\n', and
/// without trailing blanks:
///   REF: one two three four **
///   HYP: one too three **** on
///              S          D  I
/// A word that is wider than a line stands as it is; control characters are shown as '?'.
/// `width`: columns after which further words go to three lines more, a blank line before them; 0: never.
std::string alignment_text(const AlignedTranscript& transcript, int width = 0);

}  // namespace recur
