// Vectors or images with labels, read and split: what a classifier of numbers learns from.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <torch/types.h>

#include "datasets/classification/options.h"

namespace recur {

/// Examples of one split.
struct LabelledExamples {
  torch::Tensor inputs;  ///< vectors [N, F] float32, or grey images [N, H, W] uint8
  torch::Tensor labels;  ///< [N] int64, places in ClassificationData::labels

  int64_t size() const { return labels.size(0); }
};

struct ClassificationData {
  std::vector<std::string> labels;   ///< names of the classes, 2 or more: numbers in their order, else words by bytes
  std::vector<std::string> columns;  ///< names of the F columns; empty for images
  LabelledExamples train, validation, test;
  std::vector<std::string> report;  ///< one line a file: its examples, and what was left out
};

/// Reads and splits what `options` describe.  `seed` decides which examples a carved split gets, and of spirals where
/// they lie; within a split the examples keep the files' order.
/// @throws DataError  naming file and place of what is malformed, a label that the training part lacks, files whose
///                    sizes do not fit together, a training part with less than two classes.
ClassificationData read_classification(const ClassificationDataOptions& options, int64_t seed);

/// The examples in an idx file as they are in LabelledExamples::inputs, for predictions too.
/// @throws DataError  as read_idx() does, and for numbers that are neither vectors nor images of bytes.
torch::Tensor read_idx_inputs(const std::string& file);

}  // namespace recur
