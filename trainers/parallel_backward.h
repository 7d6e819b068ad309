// Data parallelism on one machine's CPU.
#pragma once

#include <vector>

#include <torch/types.h>

#include "core/thread_team.h"
#include "trainers/optimizer.h"
#include "trainers/task.h"

namespace recur {

/// @returns  part() as a scalar without dimensions.  @throws ShapeError
torch::Tensor scalar_loss(const LossPart& part);

/// (scale * sum of the parts).backward(), each part with its own graph on a thread of its own: a step of a recurrent
/// network is many small operations, and two threads that share each of them spend much of their time in waiting for
/// each other.  The gradients are added in the order of the parts; the same parts from the same state of torch's
/// generator give the same bits.
/// @param team        at least as many threads as parts
/// @param parts       of the loss
/// @param scale       of their sum
/// @param parameters  of the model, on the CPU
/// @returns           scale * the sum of the parts, without a graph
torch::Tensor parallel_backward(ThreadTeam& team, const std::vector<LossPart>& parts, double scale,
                                const std::vector<Optimizer::Parameter>& parameters);

}  // namespace recur
