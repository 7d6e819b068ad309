// What tasks with labelled examples share.
#pragma once

#include <string>
#include <vector>

#include <torch/types.h>

#include <nlohmann/json_fwd.hpp>

#include "models/heads/classifier.h"
#include "trainers/metrics/classification.h"

namespace recur {

/// What each class counts in the loss.
/// @param loss          `balanced` or `class_weights`, or neither
/// @param train_labels  [N] int64, by which `balanced` weighs
/// @param labels        the C classes' names
/// @returns             [C] float32, or undefined: all alike
/// @throws ConfigError  for a label that is none.
torch::Tensor class_weights(const ClassificationLossOptions& loss, const torch::Tensor& train_labels,
                            const std::vector<std::string>& labels);

/// "setosa 40, virginica 41, ...": how many examples there are of each class, of the first twelve.
std::string class_counts(const torch::Tensor& train_labels, const std::vector<std::string>& labels);

/// {"classes": [{"label", "precision", "recall", "f1", "support"}], "confusion": [[...]]}
nlohmann::ordered_json score_to_json(const ClassificationScore& score);

}  // namespace recur
