#include "trainers/metrics/rouge_l.h"

#include <algorithm>
#include <cstdint>

namespace recur {
namespace {

constexpr double kBeta = 1.2;

/// The length of the longest common subsequence, by the table's last row only.
int64_t common_subsequence(const Tokens& a, const Tokens& b) {
  std::vector<int64_t> row(b.size() + 1);
  for (const std::string& token : a) {
    int64_t diagonal = 0;
    for (size_t j = 0; j < b.size(); ++j) {
      const int64_t above = row[j + 1];
      row[j + 1] = token == b[j] ? diagonal + 1 : std::max(above, row[j]);
      diagonal = above;
    }
  }
  return row.back();
}

double f_measure(const Tokens& candidate, const References& references) {
  double precision = 0, recall = 0;
  for (const Tokens& reference : references) {
    const auto common = static_cast<double>(common_subsequence(candidate, reference));
    if (common == 0) continue;
    precision = std::max(precision, common / static_cast<double>(candidate.size()));
    recall = std::max(recall, common / static_cast<double>(reference.size()));
  }
  if (precision == 0) return 0;
  return (1 + kBeta * kBeta) * precision * recall / (recall + kBeta * kBeta * precision);
}

}  // namespace

std::vector<double> rouge_l(std::span<const Tokens> candidates, std::span<const References> references) {
  check_references("ROUGE-L", candidates, references);
  std::vector<double> scores(candidates.size());
  std::ranges::transform(candidates, references, scores.begin(), f_measure);
  return scores;
}

}  // namespace recur
