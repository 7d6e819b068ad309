// The ONNX graph in the making, with the loops that are open.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "models/onnx/proto.h"
#include "models/onnx/value.h"

namespace recur::onnx {

class Emitter {
 public:
  Emitter() : open_(1) {}

  /// Adds a node and returns its output's name, made of the operator's.
  std::string node(const std::string& op, const std::vector<std::string>& inputs, const Attributes& attributes = {});
  std::vector<std::string> nodes(const std::string& op, const std::vector<std::string>& inputs, size_t outputs,
                                 const Attributes& attributes = {});

  /// The name of an ONNX tensor of this dtype with the value: a cast if it is of another, a constant if it is known.
  std::string operand(const Value& value, torch::ScalarType dtype);
  std::string operand(const Value& tensor) { return operand(tensor, tensor.tensor().scalar_type()); }
  /// A constant; the same one again for the same numbers.
  std::string constant(const torch::Tensor& value, const std::string& hint = "constant");
  std::string constant(const std::vector<int64_t>& values);
  /// Numbers as a tensor [n] of int64, e.g. a shape.
  std::string vector(const std::vector<Value>& numbers);

  int depth() const { return static_cast<int>(open_.size()) - 1; }
  std::string new_name(std::string_view stem);

  /// What a node adds from now on belongs to the body of a loop, until the body is taken.
  void open_body();
  Graph take_body();
  Graph& graph() { return open_.back().graph; }
  /// A name for `value` that a node of the innermost graph made and that no output has yet.
  std::string output_of_body(const Value& value);

  Graph& top() { return open_.front().graph; }

 private:
  struct Open {
    Graph graph = {};
    std::set<std::string> made = {};  // by its nodes, and not yet an output
  };
  std::vector<Open> open_;
  std::map<std::string, int> stems_;              // how often each was given
  std::map<std::string, std::string> constants_;  // dtype, sizes and bytes -> name
};

}  // namespace recur::onnx
