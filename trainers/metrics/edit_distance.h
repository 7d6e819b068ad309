// Which words were taken for others, left out or put in: the edits from one sequence to another.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace recur {

struct Edit {
  enum class Kind : int8_t { kEqual, kSubstitution, kDeletion, kInsertion };

  Kind kind = Kind::kEqual;
  int64_t reference = 0;   ///< index of the reference's token; of an insertion: of the token it stands before
  int64_t hypothesis = 0;  ///< index of the hypothesis' token; of a deletion: of the token it would stand before

  bool operator==(const Edit&) const = default;
};

/// The fewest edits that make `hypothesis` of `reference` (Levenshtein 1966), a substitution, a deletion and an
/// insertion each counting one; what is equal is listed too, all from left to right.  What both begin or end with is
/// equal; of several shortest ways through the rest the one which, read from the right, deletes as soon as it can, and
/// inserts rather than take what is equal, but substitutes rather than insert.  rapidfuzz, and so jiwer, choose alike.
/// Takes time and memory proportional to the product of the lengths.
std::vector<Edit> shortest_edits(std::span<const std::string> reference, std::span<const std::string> hypothesis);

}  // namespace recur
