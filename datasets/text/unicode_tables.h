// What utf8proc knows of Unicode, as plain tables for a program that has no utf8proc: the exported TorchScript.
#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace recur::unicode {

/// Code point -> its complete decomposition, canonical or compatible; without Hangul syllables, which are arithmetic.
std::map<int64_t, std::vector<int64_t>> decompositions(bool compatible);

/// Code point -> its combining class where that is not 0.
std::map<int64_t, int64_t> combining_classes();

/// (first, second) -> the one code point that normal form C has for them; without Hangul syllables.
std::map<std::pair<int64_t, int64_t>, int64_t> compositions();

/// Code point -> its lower case, where that is another.
std::map<int64_t, int64_t> lower_cases();

/// Ranges of one CharacterClass: `kinds[i]` holds from `starts[i]` up to the next start.
struct ClassRanges {
  std::vector<int64_t> starts, kinds;
};
ClassRanges class_ranges();

}  // namespace recur::unicode
