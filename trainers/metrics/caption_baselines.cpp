#include "trainers/metrics/caption_baselines.h"

#include <algorithm>
#include <functional>
#include <map>
#include <ranges>
#include <string_view>
#include <utility>

#include <ATen/ATen.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "datasets/text/tokenizer.h"

namespace recur {
namespace {

constexpr int64_t kBinBits = 3;                // 8 bins a channel
constexpr int64_t kDistancesAtOnce = 1 << 22;  // 32 MiB
constexpr double kRounding = 1e-11;            // of float64 products of some thousand terms, with room

/// A word and how many of it stand before it: two captions share as many words as their sets of these have in common.
using Word = std::pair<std::string, int64_t>;

std::vector<Word> words_of(const std::string& caption) {
  std::map<std::string, int64_t, std::less<>> seen;
  std::vector<Word> words;
  split_whitespace(caption, [&](std::string_view text) {
    const std::string word(text);
    words.emplace_back(word, seen[word]++);
  });
  std::ranges::sort(words);
  return words;
}

/// Of each word, how many captions of each length have it.
using WordLengths = std::map<Word, std::map<size_t, int64_t>>;

WordLengths word_lengths(const std::vector<std::string>& captions) {
  WordLengths lengths;
  for (const std::string& caption : captions) {
    const std::vector<Word> words = words_of(caption);
    for (const Word& word : words) ++lengths[word][words.size()];
  }
  return lengths;
}

/// The sum of a caption's F1 with all captions.  F1 = 2 * shared / (length + other length), summed word by word.
double sum_of_f1(const std::string& caption, const WordLengths& lengths) {
  const std::vector<Word> words = words_of(caption);
  double sum = 0;
  for (const Word& word : words) {
    for (const auto& [length, captions] : lengths.at(word)) {
      sum += 2 * static_cast<double>(captions) / static_cast<double>(words.size() + length);
    }
  }
  return sum;
}

}  // namespace

int64_t commonest_caption(const std::vector<std::string>& captions) {
  if (captions.empty()) throw DataError("commonest caption: got no caption, expected at least one");
  std::map<std::string_view, int64_t> counts;
  for (const std::string& caption : captions) ++counts[caption];
  const int64_t most = std::ranges::max(counts | std::views::values);
  const WordLengths lengths = word_lengths(captions);
  int64_t best = -1;
  double best_f1 = 0;
  for (size_t i = 0; i < captions.size(); ++i) {
    if (counts[captions[i]] < most) continue;
    const double f1 = sum_of_f1(captions[i], lengths);
    if (best >= 0 && f1 <= best_f1) continue;
    best = static_cast<int64_t>(i);
    best_f1 = f1;
  }
  return best;
}

torch::Tensor nearest_neighbours(const torch::Tensor& train, const torch::Tensor& query) {
  if (train.dim() != 2 || query.dim() != 2 || train.size(0) == 0 || train.size(1) != query.size(1)) {
    throw ShapeError(fmt::format("nearest neighbours: got features [{}] and [{}], expected [N >= 1, D] and [M, D]",
                                 fmt::join(train.sizes(), ", "), fmt::join(query.sizes(), ", ")));
  }
  const torch::NoGradGuard no_grad;
  const torch::Tensor rows = train.to(at::kCPU, at::kDouble), row_squares = rows.square().sum(1);
  std::vector<torch::Tensor> nearest = {at::empty({0}, at::kLong)};
  for (const torch::Tensor& chunk : query.split(std::max<int64_t>(kDistancesAtOnce / train.size(0), 1))) {
    const torch::Tensor queries = chunk.to(at::kCPU, at::kDouble);
    // The squared distance without the query's own square, which is the same for all rows.
    const torch::Tensor distance = at::addmm(row_squares, queries, rows.t(), 1, -2);
    const torch::Tensor rounding = kRounding * (row_squares.max() + queries.square().sum(1, true));
    nearest.push_back(distance.le(distance.amin(1, true) + rounding).to(at::kByte).argmax(1));
  }
  return at::cat(nearest);
}

torch::Tensor colour_histogram(const torch::Tensor& image) {
  if (image.dim() != 3 || image.size(2) != 3 || image.numel() == 0 || image.scalar_type() != at::kByte) {
    throw ShapeError(fmt::format("colour histogram: got {} [{}], expected uint8 [H, W, 3]",
                                 c10::toString(image.scalar_type()), fmt::join(image.sizes(), ", ")));
  }
  const torch::Tensor bins = image.reshape({-1, 3}).bitwise_right_shift(8 - kBinBits).to(at::kLong);
  const torch::Tensor place = at::tensor({1 << 2 * kBinBits, 1 << kBinBits, 1}, at::kLong);
  const torch::Tensor counts = at::bincount((bins * place).sum(1), std::nullopt, 1 << 3 * kBinBits);
  return counts.to(at::kFloat) / static_cast<double>(bins.size(0));
}

}  // namespace recur
