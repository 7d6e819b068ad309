// The loop over time of an engine that runs step by step: which sequences are alive at each step, in either direction.
#pragma once

#include <functional>
#include <vector>

#include <torch/types.h>

#include "models/engine/layer.h"

namespace recur::engine {

/// Replaces the states [rows[t], H] before step `t` by those after it.
using Step = std::function<void(int64_t t, std::vector<torch::Tensor>& states)>;

/// Runs `step` over all T = rows.size() steps, only over the sequences that are alive; see PackedSequences.
/// Forward, a sequence's state is set aside when it has ended.  In reverse, a sequence joins at its own last step.
/// `initial` is each state [B, H].
LayerResult run_over_time(const std::vector<int64_t>& rows, const std::vector<torch::Tensor>& initial, bool reverse,
                          const Step& step);

}  // namespace recur::engine
