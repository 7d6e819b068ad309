// A classifier that needs no training: which class's mean is nearest.
#pragma once

#include <cstdint>

#include <torch/types.h>

namespace recur {

/// The share of the test examples whose label is that of the nearest of the training examples' class means (Euclidean;
/// of equals the first).  A class without training examples is nobody's nearest.
/// @param train_x, test_x            [N, D], [M, D], scaled
/// @param train_labels, test_labels  [N], [M] int64, below `classes`
/// @param classes                    how many there are
/// @throws ShapeError
double nearest_mean_accuracy(const torch::Tensor& train_x, const torch::Tensor& train_labels,
                             const torch::Tensor& test_x, const torch::Tensor& test_labels, int64_t classes);

}  // namespace recur
