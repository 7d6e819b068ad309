#pragma once

#include <torch/csrc/jit/api/module.h>

#include "models/heads/captioner.h"

namespace recur {

/// A TorchScript module with the methods
///   `forward(images [B, 3, H, W], tokens [B, T]) -> logits [B, T, V]`, teacher-forced
///   `write(images [1, 3, H, W], beam_width: int) -> (List[int], float)`: token ids and their log-probability
/// and the parameters under their own names, in evaluation mode.  What beam_search adds: models/search/torchscript.h.
torch::jit::Module captioner_to_torchscript(const CaptionerImpl& captioner);

}  // namespace recur
