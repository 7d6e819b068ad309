// The n-grams of a text, counted: what BLEU and CIDEr compare.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace recur {

/// A text as a metric sees it.
using Tokens = std::vector<std::string>;

/// What one candidate is measured against: one or more texts that people wrote.
using References = std::vector<Tokens>;

/// A run of tokens, seen where it stands; size() is its order.
using Ngram = std::span<const std::string>;

struct NgramLess {
  bool operator()(Ngram a, Ngram b) const;
};

/// How often each n-gram occurs.  The n-grams belong to the tokens they were counted in, which must live as long.
using NgramCounts = std::map<Ngram, int64_t, NgramLess>;

/// Counts of all n-grams of orders 1 ... max_order.
NgramCounts count_ngrams(const Tokens& tokens, int64_t max_order);

/// What every metric of texts asks first: a set of references for each candidate, and none of them empty.
/// `metric` begins the message of an error.
/// @throws DataError
void check_references(const char* metric, std::span<const Tokens> candidates, std::span<const References> references);

}  // namespace recur
