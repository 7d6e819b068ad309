// How much of what is asked in a test of memory is right.
#pragma once

#include <cstdint>
#include <vector>

#include <torch/types.h>

#include "datasets/memory/batch.h"
#include "trainers/task.h"

namespace recur {

/// The mean loss of a batch, which training minimises: the squared error of sums, else the cross-entropy over all steps
/// at which something is asked.  `y`: [B, 1] or [B, T, C], on the device of the loss.
torch::Tensor memory_loss(const torch::Tensor& y, const MemoryBatch& batch);

/// Where what is most probable is legal: of k legal classes, all are above every other one (Hochreiter & Schmidhuber
/// 1997 ask this of the Reber grammar; where one is legal, it is the arg max).
/// @param logits  [B, T, C]
/// @param legal   [B, T, C] bool
/// @returns       [B, T] bool; false where nothing is legal
torch::Tensor right_steps(const torch::Tensor& logits, const torch::Tensor& legal);

/// A split measured batch by batch.
class MemoryScore {
 public:
  /// `y` is what the network put out: [B, 1] or [B, T, C], any device.
  void add(const torch::Tensor& y, const MemoryBatch& batch);

  /// "loss", the mean over everything that is asked; "solved", the share of sequences in which all that is measured is
  /// right (sums: to kAddingTolerance); of strings also "accuracy", the share of measured steps that are right, and, if
  /// the batches say where, "recall", the same of the steps whose answer stood far back.
  Metrics metrics() const;
  /// Of each sequence, in the order in which they came.
  const std::vector<bool>& solved() const { return solved_; }

 private:
  void add_sums(const torch::Tensor& y, const MemoryBatch& batch);
  void add_strings(const torch::Tensor& logits, const MemoryBatch& batch);

  double loss_ = 0;
  int64_t asked_ = 0, measured_ = 0, right_ = 0, far_ = 0, far_right_ = 0;
  std::vector<bool> solved_;
};

/// The largest n so that the first n are all solved.
int64_t solved_in_a_row(const std::vector<bool>& solved);

}  // namespace recur
