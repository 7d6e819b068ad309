// What the converter knows of a value in a TorchScript program.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include <ATen/core/ivalue.h>

namespace recur::onnx {

struct Items;

/// A value is followed in two ways at once: by name through the ONNX graph, and by what it is for two examples of the
/// network's inputs.  The examples tell each tensor's dtype and number of dimensions, and which of its sizes depend on
/// the inputs' sizes; their numbers mean nothing.
struct Value {
  std::array<c10::IValue, 2> examples = {};  ///< not of lists and tuples; equal if the name is empty
  std::string name = {};              ///< of the ONNX tensor; numbers are tensors without dimensions.  Empty: known
  std::string hint = {};              ///< what a known tensor is called in the model, e.g. "readout.weight"
  std::shared_ptr<Items> items = {};  ///< of a list or tuple; shared as Python shares them

  bool is_known() const { return name.empty() && !items; }
  const c10::IValue& known() const { return examples[0]; }
  bool is_none() const { return is_known() && known().isNone(); }
  bool is_tensor() const { return !items && examples[0].isTensor(); }
  const at::Tensor& tensor() const { return examples[0].toTensor(); }
  int64_t dims() const { return tensor().dim(); }
};

/// The items of a list that are each known by name; or of one that grew by one item in each step of a loop, and is
/// one tensor with the steps in front.
struct Items {
  std::vector<Value> values = {};
  Value stacked = {};  ///< with a name: the list is this tensor
  int depth = 0;       ///< number of loops around the place that made it
};

inline Value known_value(c10::IValue value, std::string hint = {}) {
  return {.examples = {value, value}, .hint = std::move(hint)};
}

}  // namespace recur::onnx
