#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include <torch/types.h>

#include "trainers/task.h"

namespace recur {

/// The loss over a batch as a sum of parts, for Task::training_loss_parts: the examples are dealt, and each part counts
/// by the weight of its own.
/// @param batch   numbers of the examples
/// @param count   parts at most; few examples make fewer
/// @param weight  what an example counts in the batch's mean, more than 0
/// @param loss    the weighted mean over some examples; called on several threads at once
std::vector<LossPart> dealt_parts(std::span<const int64_t> batch, int64_t count,
                                  const std::function<double(int64_t example)>& weight,
                                  const std::function<torch::Tensor(const std::vector<int64_t>& examples)>& loss);

}  // namespace recur
