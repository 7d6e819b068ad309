#include "trainers/tasks/taught_sentences.h"

#include <numeric>

#include "core/special_tokens.h"
#include "datasets/batches.h"

namespace recur {

TaughtSentences taught_sentences(const std::vector<std::vector<int64_t>>& sentences) {
  auto read = sentences, written = sentences;
  for (auto& tokens : read) tokens.insert(tokens.begin(), kBoundaryToken);
  for (auto& tokens : written) tokens.push_back(kBoundaryToken);
  std::vector<int64_t> all(sentences.size());
  std::iota(all.begin(), all.end(), 0);
  auto padded = pad_tokens(read, all);
  return {.read = padded.tokens, .written = pad_tokens(written, all).tokens, .lengths = padded.lengths};
}

TaughtSentences taught_beginning(const std::vector<int64_t>& tokens) {
  const auto whole = taught_sentences({tokens});
  const auto length = std::ssize(tokens);
  return {.read = whole.read.narrow(1, 0, length),
          .written = whole.written.narrow(1, 0, length),
          .lengths = whole.lengths - 1};
}

}  // namespace recur
