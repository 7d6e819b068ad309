#pragma once

#include <torch/csrc/jit/api/module.h>
#include <torch/nn/modules/linear.h>

namespace recur {

/// A TorchScript module with a linear map's parameters and `forward(x) -> x W^T + b`.
torch::jit::Module linear_to_torchscript(const torch::nn::LinearImpl& linear);

}  // namespace recur
