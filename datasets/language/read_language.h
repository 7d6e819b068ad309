// Running text, read and split: what a language model learns from.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "datasets/language/options.h"
#include "datasets/read_progress.h"

namespace recur {

/// Whole splits, UTF-8; `test` may be empty.
struct LanguageData {
  std::string train, validation, test;
  std::vector<std::string> report;  ///< what was found and how it was split, for a person
};

/// Reads and splits what `options` describe.  `seed` decides which brackets are drawn, 80 % of them for training, 10 %
/// for validation and 10 % for test, and nothing else.  Files may be packed (.gz, .bz2, .xz, .zst).
///
/// A byte-order mark is removed and CRLF becomes LF; then line ends become what `line_ends` says.  As tokens, the
/// blanks around each line go and "<eos>" comes in place of its end: " the <unk> was \n" becomes "the <unk> was <eos>
/// "; a last line without an end has one, too.  (Vocabulary takes the "<unk>" of a text for an unknown token, which in
/// PTB it is.)
///
/// The shares of a split file are those of its characters (code points), a split's rounded up; nothing is left out.
/// Unless characters are the tokens, a cut moves on to the next blank (next line, if their ends are tokens), so that no
/// word is torn.
/// @throws DataError  file:line:column for what is not in the encoding; a file that is absent, damaged or a folder; a
///                    training or validation split without text, or a named test split.
LanguageData read_language(const LanguageDataOptions& options, int64_t seed, const ReadProgress& progress = {});

}  // namespace recur
