#pragma once

#include <torch/csrc/jit/api/module.h>

#include "models/vision/image_encoder.h"

namespace recur {

/// A TorchScript module with `forward(images [B, 3, H, W]) -> [B, C, h, w]` and the encoder's parameters and buffers
/// under their own names: the network in evaluation mode.
torch::jit::Module image_encoder_to_torchscript(const ImageEncoderImpl& encoder);

}  // namespace recur
