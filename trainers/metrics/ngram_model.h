// A language model that only counts: what a network has to beat.
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

namespace recur {

/// n-grams with Witten-Bell smoothing, interpolated (Witten & Bell 1991; Chen & Goodman 1998, eq. 18):
///   p(w | h) = (c(h w) + n(h) p(w | h')) / (c(h) + n(h))
/// where c counts in the training text, n(h) is how many different tokens follow h there, h' is h without its first
/// token, and behind the empty h stands 1 / V.
class NgramModel {
 public:
  /// @param ids         what is counted, each in 0..V-1
  /// @param order       1: single tokens, 2: pairs, ...
  /// @param vocabulary  V
  NgramModel(std::span<const int64_t> ids, int64_t order, int64_t vocabulary);

  /// p of `token` behind the last order - 1 tokens of `before`, or as many as there are.
  double probability(std::span<const int64_t> before, int64_t token) const;

  /// Mean of -log p over all tokens but the first.  @throws DataError for less than 2.
  double nats_per_token(std::span<const int64_t> ids) const;

 private:
  struct Context {
    int64_t count = 0, types = 0;
  };
  int64_t order_, vocabulary_;
  std::vector<std::unordered_map<uint64_t, Context>> contexts_;  // of each length, by hash
  std::vector<std::unordered_map<uint64_t, int64_t>> counts_;    // of n-grams: context and token
};

}  // namespace recur
