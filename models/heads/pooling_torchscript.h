#pragma once

#include <torch/csrc/jit/api/module.h>

#include "models/heads/pooling.h"

namespace recur {

/// A TorchScript module with the parameters under their own names and the method
///   `forward(h [B, T, S*H], state, lengths [B]) -> [B, K*S*H]`
/// where h and state are what the layers of recurrent_to_torchscript() return; `both`: in both directions.
torch::jit::Module pooling_to_torchscript(const PoolingImpl& pooling, bool both);

}  // namespace recur
