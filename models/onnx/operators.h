// TorchScript's operators on tensors and numbers as ONNX nodes.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <torch/csrc/jit/ir/ir.h>

#include "models/onnx/emitter.h"
#include "models/onnx/value.h"

namespace recur::onnx {

/// The node's results: computed now if all its arguments are known, else by ONNX nodes.
/// @throws Error if the operator, or this use of it, has no translation.
std::vector<Value> tensor_operator(Emitter& emitter, const torch::jit::Node& node, const std::vector<Value>& arguments);

/// An operator with its arguments, of which at least one depends on the inputs, and the example of its result.
struct Operation {
  Emitter& emitter;
  const std::vector<Value>& arguments;
  Value result;  ///< examples only; not of lists

  const Value& at(size_t i) const { return arguments.at(i); }
  bool has(size_t i) const { return i < arguments.size() && !arguments[i].is_none(); }
  /// The result's dtype: int64 for numbers.
  torch::ScalarType dtype() const;
  /// The argument as an ONNX tensor: of its own dtype, or of the one named.
  std::string operand(size_t i) const { return emitter.operand(at(i)); }
  std::string operand(size_t i, torch::ScalarType dtype) const { return emitter.operand(at(i), dtype); }
  /// Numbers that must be known.
  int64_t integer(size_t i) const;
  double number(size_t i) const;
  bool flag(size_t i) const;
  std::vector<int64_t> integers(size_t i) const;
  /// Dimension `dim` of a tensor of `dims` dimensions, from the front.
  static int64_t axis(int64_t dim, int64_t dims) { return dim < 0 ? dim + dims : dim; }

  std::string node(const std::string& op, const std::vector<std::string>& inputs,
                   const Attributes& attributes = {}) const {
    return emitter.node(op, inputs, attributes);
  }
};

/// The name of the tensor that holds the result.
using Translation = std::string (*)(const Operation&);
using Translations = std::map<std::string_view, Translation>;

/// By TorchScript's name, e.g. "aten::add".
const Translations& elementwise_translations();  // sums, activations, comparisons, choices
const Translations& shape_translations();        // views, parts, joins, constants of a shape
const Translations& layer_translations();        // products, reductions, convolutions

}  // namespace recur::onnx
