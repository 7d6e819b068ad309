#pragma once

#include <torch/csrc/jit/api/module.h>

#include "models/heads/translator.h"

namespace recur {

/// A module with `forward(source [B, S], source_lengths [B], tokens [B, T]) -> logits [B, T, V]` and
/// `write(source [1, S], beam_width) -> (token ids, log-probability)`, in evaluation mode.
torch::jit::Module translator_to_torchscript(const TranslatorImpl& translator);

}  // namespace recur
