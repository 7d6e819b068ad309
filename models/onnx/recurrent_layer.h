// ONNX's own recurrent layers, which runtimes have fast code for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <torch/csrc/jit/api/module.h>

#include "models/onnx/emitter.h"
#include "models/onnx/value.h"

namespace recur::onnx {

/// A call of `layer` (models/sequence/torchscript.cpp), one layer and direction over time, as one node LSTM, GRU or
/// RNN; nothing if it is another method, or another cell: its equations then become the body of a Loop.
std::optional<Value> recurrent_layer(Emitter& emitter, const torch::jit::Module& module, const std::string& method,
                                     const std::vector<Value>& arguments);

}  // namespace recur::onnx
