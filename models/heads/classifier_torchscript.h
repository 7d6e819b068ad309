#pragma once

#include <torch/csrc/jit/api/module.h>

#include "models/heads/classifier.h"

namespace recur {

/// A TorchScript module with the method
///   `forward(tokens [B, T], lengths: Optional[Tensor] = None) -> logits [B, C]`
/// and the parameters under their own names.  Dropout is left out: it is a network in evaluation mode.
torch::jit::Module classifier_to_torchscript(const ClassifierImpl& classifier);

}  // namespace recur
