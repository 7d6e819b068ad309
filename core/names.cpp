#include "core/names.h"

#include <algorithm>

#include "core/ascii.h"

namespace recur {
namespace {

/// Optimal string alignment distance, by rows: two rows back are needed for the swap of neighbours.
size_t edit_distance(const std::string& a, const std::string& b) {
  std::vector<size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] != b[j - 1])});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

}  // namespace

std::string nearest_name(const std::string& wanted, const std::vector<std::string>& known) {
  constexpr size_t kLongestName = 100;  // longer ones are no slip of the finger, and the distance is quadratic
  if (wanted.size() > kLongestName) return "";
  std::string nearest;
  size_t least = 1 + std::max<size_t>(1, (wanted.size() + 1) / 3);
  for (const std::string& name : known) {
    const size_t distance = edit_distance(ascii_lower(wanted), ascii_lower(name));
    // Fewer edits than letters: otherwise every name of one letter would be near every other.
    if (distance < least && distance < std::max(wanted.size(), name.size())) {
      least = distance;
      nearest = name;
    }
  }
  return nearest;
}

std::string did_you_mean(const std::string& wanted, const std::vector<std::string>& known) {
  const std::string nearest = nearest_name(wanted, known);
  return nearest.empty() ? "" : "; did you mean \"" + nearest + "\"?";
}

}  // namespace recur
