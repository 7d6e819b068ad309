// Captions by formula, the same as tests/interop/_caption_oracle.py makes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/text/tokenizer.h"
#include "trainers/metrics/ngrams.h"

namespace recur {

struct CaptionExample {
  std::vector<Tokens> candidates;
  std::vector<References> references;
};

/// Candidates that are their first reference with some words exchanged and up to two left out.
inline CaptionExample caption_example(int64_t images) {
  int64_t state = 1;
  const auto draw = [&state](int64_t n) {
    state = (state * 1103515245 + 12345) % (int64_t{1} << 31);
    return state / 65536 % n;
  };
  const auto word = [&] { return "w" + std::to_string(std::min(draw(40), draw(40))); };
  CaptionExample example;
  for (int64_t i = 0; i < images; ++i) {
    References& references = example.references.emplace_back(1 + i % 5);
    for (Tokens& reference : references) {
      reference.resize(6 + draw(8));
      for (std::string& token : reference) token = word();
    }
    Tokens& candidate = example.candidates.emplace_back(references[0]);
    candidate.resize(candidate.size() - draw(3));
    for (std::string& token : candidate) token = draw(4) == 0 ? word() : token;
  }
  return example;
}

inline Tokens words(std::string_view text) {
  Tokens tokens;
  split_whitespace(text, [&](std::string_view token) { tokens.emplace_back(token); });
  return tokens;
}

/// Candidates too short for some n-gram, one empty; two references as near in length.
inline CaptionExample short_captions() {
  return {{words("w1 w2"), words("w0"), {}, words("w1 w2 w3 w4 w5")},
          {{words("w1 w2 w3"), words("w2")},
           {words("w0 w0")},
           {words("w1"), words("w2 w3")},
           {words("w1 w2 w3 w4 w6"), words("w5")}}};
}

/// The same with each image's references in the opposite order.
inline CaptionExample reversed_references(CaptionExample example) {
  for (References& references : example.references) std::ranges::reverse(references);
  return example;
}

inline double mean_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace recur
