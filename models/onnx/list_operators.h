// Lists, tuples and None, which exist while converting only: ONNX's graph has none of them.
#pragma once

#include <optional>
#include <vector>

#include <torch/csrc/jit/ir/ir.h>

#include "models/onnx/emitter.h"
#include "models/onnx/value.h"

namespace recur::onnx {

/// The node's results, if it is about lists, tuples or whether a value is there; nothing if it is another operator.
std::optional<std::vector<Value>> list_operator(Emitter& emitter, const torch::jit::Node& node,
                                                const std::vector<Value>& arguments);

/// A list that is made where the emitter stands.
Value list_of(std::vector<Value> values, const Emitter& emitter);

/// The items of a list of numbers or tensors, whether it is known or not.
std::vector<Value> items_of(const Value& list);

/// The list of TorchScript's type that holds example `which` of each item.
c10::IValue example_of(const Value& value, const c10::TypePtr& type, size_t which);

}  // namespace recur::onnx
