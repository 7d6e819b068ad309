#include "trainers/metrics/ngram_model.h"

#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "core/scramble.h"

namespace recur {
namespace {

/// 64 bits of many: two of a million n-grams meet with a chance of 3e-8.
uint64_t hash_of(std::span<const int64_t> tokens) {
  uint64_t hash = tokens.size();
  for (const int64_t token : tokens) hash = scrambled(hash + static_cast<uint64_t>(token));
  return hash;
}

uint64_t with_token(uint64_t context, int64_t token) {
  return scrambled(context + static_cast<uint64_t>(token));
}

}  // namespace

NgramModel::NgramModel(std::span<const int64_t> ids, int64_t order, int64_t vocabulary)
    : order_(order), vocabulary_(vocabulary), contexts_(static_cast<size_t>(order)), counts_(contexts_.size()) {
  for (size_t at = 0; at < ids.size(); ++at) {
    for (size_t length = 0; length < contexts_.size() && length <= at; ++length) {
      const auto context = hash_of(ids.subspan(at - length, length));
      auto& known = contexts_[length][context];
      ++known.count;
      if (++counts_[length][with_token(context, ids[at])] == 1) ++known.types;
    }
  }
}

double NgramModel::probability(std::span<const int64_t> before, int64_t token) const {
  double p = 1 / static_cast<double>(vocabulary_);
  for (size_t length = 0; length < contexts_.size() && length <= before.size(); ++length) {
    const auto context = hash_of(before.last(length));
    const auto known = contexts_[length].find(context);
    if (known == contexts_[length].end()) break;  // nor is a longer one
    const auto counted = counts_[length].find(with_token(context, token));
    const auto count = static_cast<double>(counted == counts_[length].end() ? 0 : counted->second);
    const auto types = static_cast<double>(known->second.types);
    p = (count + types * p) / (static_cast<double>(known->second.count) + types);
  }
  return p;
}

double NgramModel::nats_per_token(std::span<const int64_t> ids) const {
  if (ids.size() < 2) throw DataError("n-grams: a text of two tokens at least is measured");
  double sum = 0;
  for (size_t at = 1; at < ids.size(); ++at) {
    const auto length = std::min(at, static_cast<size_t>(order_ - 1));
    sum -= std::log(probability(ids.subspan(at - length, length), ids[at]));
  }
  return sum / static_cast<double>(ids.size() - 1);
}

}  // namespace recur
