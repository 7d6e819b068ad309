// Which examples stand together in a batch: of like length, in random order.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <tuple>
#include <vector>

#include <torch/types.h>

#include "core/options.h"

namespace recur {

struct BatchOptions {
  int64_t bucket = 50;
  std::optional<int64_t> max_tokens = {};

  static constexpr auto fields() {
    using O = BatchOptions;
    return std::tuple{
        field("bucket", &O::bucket, "batches of examples that are sorted by length together; 1: random batches",
              at_least(1)),
        field("max_tokens", &O::max_tokens,
              "tokens of a batch, instead of trainer.batch_size examples; a longer text is a batch of its own",
              at_least(1)),
    };
  }
};

/// Plans an epoch: examples in random order are cut into buckets of `bucket` batches' worth, each bucket is sorted by
/// length and cut into batches, and the batches are shuffled.  A pure function of its arguments.
/// @param lengths     tokens of each example
/// @param batch_size  examples of a batch; with options.max_tokens as many as have so many tokens
/// @param options     bucket and max_tokens
/// @param seed        with `epoch`, of the order
/// @param epoch       from 0: each has an order of its own
/// @returns           indices of the examples of each batch; every example once
std::vector<std::vector<int64_t>> plan_batches(std::span<const int64_t> lengths, int64_t batch_size,
                                               const BatchOptions& options, int64_t seed, int64_t epoch);

/// Batches in order of length, for evaluation.
std::vector<std::vector<int64_t>> batches_by_length(std::span<const int64_t> lengths, int64_t batch_size);

/// Examples of a part below which a batch is cut into fewer: small parts cost more than they save.
constexpr int64_t kFewestOfPart = 4;

/// Deals a batch into at most `count` parts like cards, so that each has long and short ones.
std::vector<std::vector<int64_t>> deal(std::span<const int64_t> batch, int64_t count);

/// Token sequences of different lengths as one tensor.
struct TokenBatch {
  torch::Tensor tokens;   ///< [B, T] int64, 0 behind a sequence's end
  torch::Tensor lengths;  ///< [B] int64
};

/// @param sequences  each with one token at least
/// @param indices    which of them
TokenBatch pad_tokens(std::span<const std::vector<int64_t>> sequences, std::span<const int64_t> indices);

}  // namespace recur
