#pragma once

#include <torch/csrc/jit/api/module.h>

#include "models/heads/forecaster.h"

namespace recur {

/// A TorchScript module with the methods
///   `forward(x [B, T, D], lengths: Optional[Tensor] = None) -> [B, horizon]`
///   `step(x [B, D], state: Optional[List[Tensor]] = None) -> ([B, horizon], state)`, only for one direction: the
///     forecast after each row of a stream
/// and the parameters under their own names.  Dropout is left out: it is a network in evaluation mode.
torch::jit::Module forecaster_to_torchscript(const ForecasterImpl& forecaster);

}  // namespace recur
