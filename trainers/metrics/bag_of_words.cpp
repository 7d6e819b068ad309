#include "trainers/metrics/bag_of_words.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/optim/lbfgs.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"

namespace recur {
namespace {

constexpr int64_t kFirstWord = 2;  // 0 is padding, 1 unknown

/// The texts as a sparse [N, vocabulary] matrix: row i's entries are start[i] ... start[i + 1] - 1.  Torch's own sparse
/// products would do, but not on every machine (they need MKL), and these two loops are no slower.
struct SparseTexts {
  std::vector<int64_t> start = {0};
  std::vector<int32_t> word = {};
  std::vector<float> value = {};

  int64_t size() const { return static_cast<int64_t>(start.size()) - 1; }
};

SparseTexts sparse_texts(std::span<const std::vector<int64_t>> ids, int64_t vocabulary_size, bool counts) {
  SparseTexts texts;
  std::vector<int64_t> sorted;
  for (size_t i = 0; i < ids.size(); ++i) {
    sorted = ids[i];
    std::sort(sorted.begin(), sorted.end());
    if (!sorted.empty() && (sorted.front() < 0 || sorted.back() >= vocabulary_size)) {
      throw DataError(fmt::format("bag of words: text {} has the id {}, expected 0 to {}", i,
                                  sorted.front() < 0 ? sorted.front() : sorted.back(), vocabulary_size - 1));
    }
    for (auto from = std::lower_bound(sorted.begin(), sorted.end(), kFirstWord); from != sorted.end();) {
      const auto to = std::upper_bound(from, sorted.end(), *from);
      texts.word.push_back(static_cast<int32_t>(*from));
      texts.value.push_back(counts ? static_cast<float>(to - from) : 1);
      from = to;
    }
    texts.start.push_back(static_cast<int64_t>(texts.word.size()));
  }
  return texts;
}

/// Calls visit(value, row of an [N, R] matrix, row of a [V, R] matrix) for each entry and each of the R columns.
template <typename Width, typename Visit>
void for_each_entry(const SparseTexts& texts, Width width, const Visit& visit) {
  for (int64_t i = 0; i < texts.size(); ++i) {
    for (int64_t k = texts.start[i]; k < texts.start[i + 1]; ++k) {
      for (int64_t r = 0; r < width; ++r) visit(texts.value[k], i * width + r, texts.word[k] * width + r);
    }
  }
}

/// The same.  A single column (two classes) takes a third less time where the compiler knows of it.
template <typename Visit>
void for_each_product(const SparseTexts& texts, int64_t width, const Visit& visit) {
  if (width == 1) {
    for_each_entry(texts, std::integral_constant<int64_t, 1>(), visit);
  } else {
    for_each_entry(texts, width, visit);
  }
}

/// texts [N, V] times weight [V, R] -> [N, R].
torch::Tensor product(const SparseTexts& texts, const torch::Tensor& weight) {
  torch::Tensor result = at::zeros({texts.size(), weight.size(1)}, weight.options());
  const double* w = weight.const_data_ptr<double>();
  double* out = result.data_ptr<double>();
  for_each_product(texts, weight.size(1), [=](float value, int64_t i, int64_t j) { out[i] += value * w[j]; });
  return result;
}

/// Adds texts^T [V, N] times delta [N, R] to sum [V, R].
void add_transposed_product(const SparseTexts& texts, const torch::Tensor& delta, const torch::Tensor& sum) {
  const double* d = delta.const_data_ptr<double>();
  double* out = sum.data_ptr<double>();
  for_each_product(texts, delta.size(1), [=](float value, int64_t i, int64_t j) { out[j] += value * d[i]; });
}

/// [N, R] -> [N, C]: of two classes the first one's logit is 0.
torch::Tensor all_logits(const torch::Tensor& logits) {
  return logits.size(1) == 1 ? at::cat({at::zeros_like(logits), logits}, 1) : logits;
}

/// One thread while it lives.  Hundreds of short tensor operations gain little from more, and on a busy machine they
/// wait for each other longer than they work (SST-2's phrases: 27 s instead of 2); the result is also the same to the
/// bit for any number of threads.
class OneThread {
 public:
  OneThread() : before_(at::get_num_threads()) { at::set_num_threads(1); }
  ~OneThread() { at::set_num_threads(before_); }
  OneThread(const OneThread&) = delete;
  OneThread& operator=(const OneThread&) = delete;

 private:
  int before_;
};

void check(size_t texts, const torch::Tensor& labels, int64_t classes, const BagOfWordsOptions& options) {
  if (texts == 0 || labels.dim() != 1 || labels.size(0) != static_cast<int64_t>(texts)) {
    throw ShapeError(fmt::format("bag of words: got {} texts and labels [{}], expected N >= 1 texts and [N]", texts,
                                 fmt::join(labels.sizes(), ", ")));
  }
  if (classes < 2 || !(options.c > 0)) {
    throw ConfigError(fmt::format("bag of words: got {} classes and C = {}, expected at least 2 and a positive C",
                                  classes, options.c));
  }
  const int64_t low = labels.min().item<int64_t>(), high = labels.max().item<int64_t>();
  if (low < 0 || high >= classes) {
    throw DataError(fmt::format("bag of words: got label {}, expected 0 to {}", low < 0 ? low : high, classes - 1));
  }
}

}  // namespace

BagOfWords::BagOfWords(torch::Tensor weight, torch::Tensor intercept, bool counts)
    : weight_(std::move(weight)), intercept_(std::move(intercept)), counts_(counts) {}

BagOfWords BagOfWords::fit(std::span<const std::vector<int64_t>> ids, const torch::Tensor& labels,
                           int64_t vocabulary_size, int64_t classes, const BagOfWordsOptions& options) {
  const OneThread one_thread;
  const torch::Tensor truth = labels.to(at::kCPU, at::kLong);
  check(ids.size(), truth, classes, options);
  const SparseTexts texts = sparse_texts(ids, vocabulary_size, options.counts);
  const int64_t width = classes == 2 ? 1 : classes;
  const torch::Tensor weight = at::zeros({vocabulary_size, width}, at::kDouble);
  const torch::Tensor intercept = at::zeros({width}, at::kDouble);
  const torch::Tensor target = truth.unsqueeze(1);
  // Divided by C * N, so that the tolerance means the same for any number of texts.
  const double n = static_cast<double>(texts.size()), penalty = 1 / (options.c * n);

  const auto objective = [&] {
    const torch::Tensor log_p = all_logits(product(texts, weight) + intercept).log_softmax(1);
    const torch::Tensor error = log_p.exp().scatter_add(1, target, at::full_like(target, -1, at::kDouble)) / n;
    const torch::Tensor delta = error.narrow(1, error.size(1) - width, width).contiguous();
    const torch::Tensor gradient = weight * penalty;
    add_transposed_product(texts, delta, gradient);
    weight.mutable_grad() = gradient;
    intercept.mutable_grad() = delta.sum(0);
    return -log_p.gather(1, target).mean() + 0.5 * penalty * weight.square().sum();
  };
  torch::optim::LBFGS optimizer({weight, intercept}, torch::optim::LBFGSOptions(1)
                                                         .max_iter(options.max_iterations)
                                                         .max_eval(2 * options.max_iterations)
                                                         .tolerance_grad(options.tolerance)
                                                         .tolerance_change(0)
                                                         .history_size(10)
                                                         .line_search_fn("strong_wolfe"));
  optimizer.step(objective);
  return {weight, intercept, options.counts};
}

torch::Tensor BagOfWords::probabilities(std::span<const std::vector<int64_t>> ids) const {
  const SparseTexts texts = sparse_texts(ids, weight_.size(0), counts_);
  return all_logits(product(texts, weight_) + intercept_).softmax(1);
}

}  // namespace recur
