#include "trainers/metrics/cider.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

namespace recur {
namespace {

constexpr int64_t kOrder = 4;
constexpr double kSigma = 6;

using ByOrder = std::array<double, kOrder>;  // index n - 1 is of the n-grams

/// A text as a vector over n-grams, for each order by itself.
struct NgramVector {
  std::map<Ngram, double, NgramLess> weights;
  ByOrder norm{};
  double length = 0;  // bigrams, as pycocoevalcap counts it: a text without tokens is as long as one of one token
};

class Consensus {
 public:
  explicit Consensus(std::span<const References> references);
  NgramVector vector_of(const Tokens& tokens) const;

 private:
  NgramCounts images_with_;  // of each n-gram, the images of which some reference has it
  double log_images_;
};

Consensus::Consensus(std::span<const References> references)
    : log_images_(std::log(static_cast<double>(references.size()))) {
  for (const References& of_image : references) {
    NgramCounts any;
    for (const Tokens& reference : of_image) any.merge(count_ngrams(reference, kOrder));
    for (const auto& [ngram, count] : any) ++images_with_[ngram];
  }
}

NgramVector Consensus::vector_of(const Tokens& tokens) const {
  NgramVector vector;
  vector.length = std::max(static_cast<double>(tokens.size()) - 1, 0.0);
  for (const auto& [ngram, count] : count_ngrams(tokens, kOrder)) {
    const auto found = images_with_.find(ngram);
    const double images = found == images_with_.end() ? 1 : static_cast<double>(found->second);
    const double weight = static_cast<double>(count) * (log_images_ - std::log(images));
    vector.weights.emplace_hint(vector.weights.end(), ngram, weight);
    vector.norm[ngram.size() - 1] += weight * weight;
  }
  for (double& norm : vector.norm) norm = std::sqrt(norm);
  return vector;
}

/// The clipped cosine, mean over orders, times the penalty for another length.
double similarity(const NgramVector& candidate, const NgramVector& reference) {
  ByOrder product{};
  for (const auto& [ngram, weight] : candidate.weights) {
    const auto found = reference.weights.find(ngram);
    if (found == reference.weights.end()) continue;
    product[ngram.size() - 1] += std::min(weight, found->second) * found->second;
  }
  double sum = 0;
  for (size_t n = 0; n < product.size(); ++n) {
    if (product[n] > 0) sum += product[n] / (candidate.norm[n] * reference.norm[n]);
  }
  const double difference = candidate.length - reference.length;
  return sum / kOrder * std::exp(-difference * difference / (2 * kSigma * kSigma));
}

}  // namespace

std::vector<double> cider_d(std::span<const Tokens> candidates, std::span<const References> references) {
  check_references("CIDEr-D", candidates, references);
  const Consensus consensus(references);
  std::vector<double> scores;
  scores.reserve(candidates.size());
  for (size_t i = 0; i < candidates.size(); ++i) {
    const NgramVector said = consensus.vector_of(candidates[i]);
    double sum = 0;
    for (const Tokens& reference : references[i]) sum += similarity(said, consensus.vector_of(reference));
    scores.push_back(10 * sum / static_cast<double>(references[i].size()));
  }
  return scores;
}

}  // namespace recur
