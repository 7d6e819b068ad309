#pragma once

#include <torch/csrc/jit/api/module.h>

#include "models/heads/language_model.h"

namespace recur {

/// A module with `forward(tokens [B, T], state) -> (logits [B, T, V], state)`, `begin(B) -> state` and
/// `continue_from(prompt: List[int], length, temperature) -> List[int]`, in evaluation mode.
torch::jit::Module language_model_to_torchscript(const LanguageModelImpl& model);

}  // namespace recur
