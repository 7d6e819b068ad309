// The built-in tests of memory as batches for a network that reads sequences.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include <torch/types.h>

#include "datasets/memory/options.h"
#include "datasets/memory/strings.h"

namespace recur {

enum class MemorySplit {
  kTrain,
  kValidation,
  kTest,
  kFresh,  ///< drawn as the test split is, and in no split
};

/// B sequences of up to T steps.
struct MemoryBatch {
  torch::Tensor x;        ///< [B, T, D] float32, zero behind a sequence's end; symbols one-hot
  torch::Tensor lengths;  ///< [B] int64
  torch::Tensor target;   ///< adding: [B, 1] float32; else [B, T] int64 classes, -1 where nothing is asked
  torch::Tensor legal;    ///< [B, T, C] bool: classes that are right, none where nothing is measured; adding: undefined
  torch::Tensor far;      ///< [B] int64 the step whose answer stood far back; undefined where that goes for all
};

/// What a network for a test must fit.
struct MemoryShape {
  int64_t features = 0;     ///< D
  int64_t outputs = 0;      ///< C, or 1
  bool regression = false;  ///< one number at the end, instead of a class at every step
};

MemoryShape memory_shape(const MemoryDataOptions& options);

/// @throws ConfigError  unless it is train, validation or test.
MemorySplit memory_split(const std::string& name);

/// Of one epoch.  kFresh has as many as one likes, here as the test split.
int64_t memory_examples(const MemoryDataOptions& options, MemorySplit split);

/// Examples `first` ... `first + count - 1` of a split and, of the training split, an epoch.  An example is a pure
/// function of (options, seed, split, epoch, its index), whatever batch it stands in.
MemoryBatch memory_batch(const MemoryDataOptions& options, int64_t seed, MemorySplit split, int64_t epoch,
                         int64_t first, int64_t count);

/// What symbols and classes are called; empty for adding.
Alphabet memory_alphabet(const MemoryDataOptions& options);

/// What is reached on a split without memory, or without all of it, as NAME_METRIC:
///   adding  constant    the sum is always 1, its mean: an MSE of 1/6 in the long run
///   copy    memoryless  blanks where they belong, then any symbol: ln(symbols) a symbol, copied / (T + 2 copied) of
///                       all steps
///   parity  guess       either
///   reber   forgetful   the whole grammar but for the second symbol; grammar_loss is that of who knows it, too
///   anbn    bigram      after a b always another
std::map<std::string, double> memory_baselines(const MemoryDataOptions& options, int64_t seed, MemorySplit split);

/// The largest error of a sum that counts as solved (Hochreiter & Schmidhuber 1997, experiment 4).
inline constexpr double kAddingTolerance = 0.04;

}  // namespace recur
