// The sequence layer as TorchScript: no custom operator, any batch and any length.
#pragma once

#include <torch/csrc/jit/api/module.h>

#include "models/sequence/recurrent.h"

namespace recur {

/// A TorchScript module with the layer's parameters under their own names and the methods
///   `forward(x, lengths: Optional[Tensor] = None, state: Optional[List[Tensor]] = None) -> (output, state)`
///   `step(x [B, D], state) -> (output [B, H], state)`, only for one direction: carries the state from call to call
/// with the shapes of RecurrentImpl::forward.  Parameters are copied.
torch::jit::Module recurrent_to_torchscript(const RecurrentImpl& layer);

}  // namespace recur
