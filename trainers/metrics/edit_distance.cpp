#include "trainers/metrics/edit_distance.h"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <unordered_map>

namespace recur {
namespace {

using Kind = Edit::Kind;

/// Tokens as numbers, which are quicker to compare.
struct Numbered {
  std::vector<int64_t> reference, hypothesis;

  Numbered(std::span<const std::string> said, std::span<const std::string> heard) {
    std::unordered_map<std::string_view, int64_t> numbers;
    const auto number = [&](const std::string& token) {
      return numbers.try_emplace(token, std::ssize(numbers)).first->second;
    };
    std::ranges::transform(said, std::back_inserter(reference), number);
    std::ranges::transform(heard, std::back_inserter(hypothesis), number);
  }
};

/// The last move of the chosen way to each pair of places between tokens: [(n + 1) (m + 1)].
std::vector<Kind> last_moves(std::span<const int64_t> reference, std::span<const int64_t> hypothesis) {
  const size_t n = reference.size(), m = hypothesis.size();
  std::vector<Kind> moves((n + 1) * (m + 1), Kind::kInsertion);  // the first row: nothing of the reference is left
  std::vector<int64_t> above(m + 1), here(m + 1);                // distances
  for (size_t j = 0; j <= m; ++j) above[j] = static_cast<int64_t>(j);
  for (size_t i = 1; i <= n; ++i) {
    Kind* row = moves.data() + i * (m + 1);
    here[0] = static_cast<int64_t>(i);
    row[0] = Kind::kDeletion;
    for (size_t j = 1; j <= m; ++j) {
      const bool equal = reference[i - 1] == hypothesis[j - 1];
      here[j] = std::min({above[j] + 1, here[j - 1] + 1, above[j - 1] + (equal ? 0 : 1)});
      if (here[j] == above[j] + 1) {
        row[j] = Kind::kDeletion;
      } else if (here[j - 1] < above[j - 1]) {
        row[j] = Kind::kInsertion;
      } else {
        row[j] = equal ? Kind::kEqual : Kind::kSubstitution;
      }
    }
    std::swap(above, here);
  }
  return moves;
}

/// Appends the edits of a part that begins at `first` of both, from the left.
void append_edits(std::span<const int64_t> reference, std::span<const int64_t> hypothesis, int64_t first,
                  std::vector<Edit>& edits) {
  const auto moves = last_moves(reference, hypothesis);
  const auto begin = edits.size();
  for (size_t i = reference.size(), j = hypothesis.size(); i > 0 || j > 0;) {
    const Kind kind = moves[i * (hypothesis.size() + 1) + j];
    if (kind != Kind::kInsertion) --i;
    if (kind != Kind::kDeletion) --j;
    edits.push_back({kind, first + static_cast<int64_t>(i), first + static_cast<int64_t>(j)});
  }
  std::reverse(edits.begin() + static_cast<std::ptrdiff_t>(begin), edits.end());
}

}  // namespace

std::vector<Edit> shortest_edits(std::span<const std::string> reference, std::span<const std::string> hypothesis) {
  const Numbered tokens(reference, hypothesis);
  std::span<const int64_t> said = tokens.reference, heard = tokens.hypothesis;
  const auto first = std::ranges::mismatch(said, heard).in1 - said.begin();
  said = said.subspan(static_cast<size_t>(first));
  heard = heard.subspan(static_cast<size_t>(first));
  size_t end = 0;
  while (end < std::min(said.size(), heard.size()) && said[said.size() - 1 - end] == heard[heard.size() - 1 - end]) {
    ++end;
  }
  std::vector<Edit> edits;
  for (int64_t k = 0; k < first; ++k) edits.push_back({Kind::kEqual, k, k});
  append_edits(said.first(said.size() - end), heard.first(heard.size() - end), first, edits);
  for (size_t k = end; k > 0; --k) {
    edits.push_back({Kind::kEqual, std::ssize(reference) - static_cast<int64_t>(k),
                     std::ssize(hypothesis) - static_cast<int64_t>(k)});
  }
  return edits;
}

}  // namespace recur
