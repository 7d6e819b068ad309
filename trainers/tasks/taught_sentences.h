#pragma once

#include <cstdint>
#include <vector>

#include "models/heads/writing.h"

namespace recur {

/// Sentences as a decoder is taught by them: read behind the boundary, written before it.
/// @param sentences  token ids, without the boundary; one sentence at least
TaughtSentences taught_sentences(const std::vector<std::vector<int64_t>>& sentences);

/// One sentence that does not end: what a search writes that is cut off at its greatest length.
/// @param tokens  one at least
TaughtSentences taught_beginning(const std::vector<int64_t>& tokens);

}  // namespace recur
