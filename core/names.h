// Names that a person typed, against the names that exist.
#pragma once

#include <string>
#include <vector>

namespace recur {

/// The name in `known` that `wanted` was probably meant to be, or "" if none is near.  Upper and lower case do not
/// count; a letter inserted, left out, replaced or swapped with its neighbour counts one, and about one letter in three
/// may be wrong.  Of names equally near the first in `known` wins.
std::string nearest_name(const std::string& wanted, const std::vector<std::string>& known);

/// `; did you mean "lstm"?`, or "" if no name is near: the end of an error message.
std::string did_you_mean(const std::string& wanted, const std::vector<std::string>& known);

}  // namespace recur
