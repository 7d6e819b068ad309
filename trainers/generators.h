// The states of torch's random-number generators.
#pragma once

#include <torch/types.h>

#include "trainers/optimizer.h"

namespace recur {

/// "cpu", and "cuda" if `device` is one: that device's generator.  Copies.
TensorMap generator_states(const torch::Device& device);

/// A state for a kind of device that is not used here is passed over.  @throws CheckpointError if a state is none.
void restore_generator_states(const TensorMap& states, const torch::Device& device);

}  // namespace recur
