#include "trainers/metrics/ngrams.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/error.h"

namespace recur {

bool NgramLess::operator()(Ngram a, Ngram b) const {
  return std::lexicographical_compare(a.begin(), a.end(), b.begin(), b.end());
}

NgramCounts count_ngrams(const Tokens& tokens, int64_t max_order) {
  NgramCounts counts;
  const Ngram all = tokens;
  for (size_t first = 0; first < all.size(); ++first) {
    const size_t longest = std::min(all.size() - first, static_cast<size_t>(std::max<int64_t>(max_order, 0)));
    for (size_t order = 1; order <= longest; ++order) ++counts[all.subspan(first, order)];
  }
  return counts;
}

void check_references(const char* metric, std::span<const Tokens> candidates, std::span<const References> references) {
  if (candidates.empty() || candidates.size() != references.size()) {
    throw DataError(fmt::format("{}: got {} candidates and references of {}, expected as many, and at least one",
                                metric, candidates.size(), references.size()));
  }
  const auto without = std::ranges::find_if(references, &References::empty);
  if (without != references.end()) {
    throw DataError(fmt::format("{}: candidate {} (from 0) has no reference, expected at least one", metric,
                                without - references.begin()));
  }
}

}  // namespace recur
