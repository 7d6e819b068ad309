#include "datasets/batches.h"

#include <algorithm>
#include <numeric>

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include "datasets/order.h"

namespace recur {
namespace {

using Batches = std::vector<std::vector<int64_t>>;

std::vector<int64_t> random_order(int64_t n, int64_t seed, int64_t epoch) {
  const auto order = epoch_order(n, seed, epoch);
  return {order.const_data_ptr<int64_t>(), order.const_data_ptr<int64_t>() + n};
}

/// Cuts examples, in this order, into batches of `batch_size` examples or of `max_tokens` tokens.
void cut(std::span<const int64_t> examples, std::span<const int64_t> lengths, int64_t batch_size,
         std::optional<int64_t> max_tokens, Batches& batches) {
  std::vector<int64_t> batch;
  int64_t tokens = 0;
  for (const int64_t example : examples) {
    const bool full =
        max_tokens ? tokens + lengths[example] > *max_tokens : static_cast<int64_t>(batch.size()) == batch_size;
    if (full && !batch.empty()) {
      batches.push_back(std::move(batch));
      batch.clear();
      tokens = 0;
    }
    batch.push_back(example);
    tokens += lengths[example];
  }
  if (!batch.empty()) batches.push_back(std::move(batch));
}

/// Examples of `batches` batches on average.
int64_t bucket_size(std::span<const int64_t> lengths, int64_t batch_size, const BatchOptions& options) {
  if (!options.max_tokens) return options.bucket * batch_size;
  const auto tokens = std::max<int64_t>(1, std::accumulate(lengths.begin(), lengths.end(), int64_t{0}));
  const auto examples = static_cast<int64_t>(lengths.size());
  return std::max<int64_t>(1, options.bucket * *options.max_tokens * examples / tokens);
}

}  // namespace

Batches plan_batches(std::span<const int64_t> lengths, int64_t batch_size, const BatchOptions& options, int64_t seed,
                     int64_t epoch) {
  auto examples = random_order(static_cast<int64_t>(lengths.size()), seed, epoch);
  Batches batches;
  const auto size = static_cast<size_t>(bucket_size(lengths, batch_size, options));
  for (size_t begin = 0; begin < examples.size(); begin += size) {
    const auto bucket = std::span(examples).subspan(begin, std::min(size, examples.size() - begin));
    if (options.bucket > 1) {
      std::ranges::stable_sort(bucket, {}, [&](int64_t example) { return lengths[example]; });
    }
    cut(bucket, lengths, batch_size, options.max_tokens, batches);
  }
  // The order of an epoch that never comes, so that nothing ties the batches to the examples.
  Batches shuffled;
  for (const int64_t k : random_order(static_cast<int64_t>(batches.size()), seed, -1 - epoch)) {
    shuffled.push_back(std::move(batches[k]));
  }
  return shuffled;
}

Batches batches_by_length(std::span<const int64_t> lengths, int64_t batch_size) {
  std::vector<int64_t> examples(lengths.size());
  std::iota(examples.begin(), examples.end(), 0);
  std::ranges::stable_sort(examples, {}, [&](int64_t example) { return lengths[example]; });
  Batches batches;
  cut(examples, lengths, batch_size, std::nullopt, batches);
  return batches;
}

std::vector<std::vector<int64_t>> deal(std::span<const int64_t> batch, int64_t count) {
  std::vector<std::vector<int64_t>> parts(std::clamp<int64_t>(std::ssize(batch) / kFewestOfPart, 1, count));
  for (size_t k = 0; k < batch.size(); ++k) parts[k % parts.size()].push_back(batch[k]);
  return parts;
}

TokenBatch pad_tokens(std::span<const std::vector<int64_t>> sequences, std::span<const int64_t> indices) {
  const auto B = static_cast<int64_t>(indices.size());
  TokenBatch batch{.tokens = {}, .lengths = at::empty({B}, torch::kInt64)};
  auto* lengths = batch.lengths.mutable_data_ptr<int64_t>();
  int64_t T = 0;
  for (int64_t b = 0; b < B; ++b) {
    lengths[b] = static_cast<int64_t>(sequences[indices[b]].size());
    T = std::max(T, lengths[b]);
  }
  batch.tokens = at::zeros({B, T}, torch::kInt64);
  auto* tokens = batch.tokens.mutable_data_ptr<int64_t>();
  for (int64_t b = 0; b < B; ++b) std::ranges::copy(sequences[indices[b]], tokens + b * T);
  return batch;
}

}  // namespace recur
