// The ids on which texts and models agree.
#pragma once

#include <cstdint>

namespace recur {

inline constexpr int64_t kPadToken = 0;      ///< stands behind a sequence's end
inline constexpr int64_t kUnknownToken = 1;  ///< a token that the vocabulary does not hold

/// What is outside of a sentence that is written: read before its first token, written behind its last.
inline constexpr int64_t kBoundaryToken = kPadToken;

}  // namespace recur
