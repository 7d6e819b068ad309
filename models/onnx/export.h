// A network's TorchScript as an ONNX model.
#pragma once

#include <map>
#include <string>
#include <vector>

#include <torch/csrc/jit/api/module.h>

#include "models/onnx/proto.h"

namespace recur::onnx {

/// An argument of `forward`: one tensor, or a list of them.
struct Argument {
  std::vector<TensorSpec> tensors;
  bool is_list = false;
};

/// What `forward` takes and gives.  Dims with the same name have the same size, which is chosen when the model is run.
struct Signature {
  std::vector<Argument> arguments;
  std::vector<std::string> outputs;  ///< a name for each tensor that comes out, those in tuples and lists too
};

/// The bytes of an ONNX file of `module.forward` (opset 18).  Layers of the cells that ONNX knows (LSTM, GRU, RNN) are
/// its nodes of that name, as onnxruntime has fast code for them; layers of all others are a Loop over their equations.
/// `metadata` is free text by name.
/// @throws Error naming an operator that has no translation, and where it stands.
std::string model(const torch::jit::Module& module, const Signature& signature,
                  const std::map<std::string, std::string>& metadata = {});

}  // namespace recur::onnx
