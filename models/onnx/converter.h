// From a TorchScript method to ONNX nodes: control flow.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/ir/ir.h>

#include "models/onnx/emitter.h"
#include "models/onnx/value.h"

namespace recur::onnx {

/// Runs a method as an interpreter would, but on values that are names in the ONNX graph.  What does not depend on the
/// network's inputs is computed now: constants are folded, branches taken, loops over known counts unrolled, methods
/// inlined.  A loop over an unknown count, i.e. over time, becomes ONNX's Loop.
class Converter {
 public:
  /// @param root  its submodules' names are those of the weights in the model.
  explicit Converter(const torch::jit::Module& root);

  Emitter& emitter() { return emitter_; }

  /// The method's result for these arguments, `self` not among them; absent ones are as the method's signature says.
  /// @throws Error naming the operator and the line, for what has no translation.
  Value call(const torch::jit::Module& module, const std::string& method, std::vector<Value> arguments);

 private:
  using Names = std::unordered_map<const torch::jit::Value*, Value>;

  std::vector<Value> run(const torch::jit::Block& block, Names& names);
  void run(const torch::jit::Node& node, Names& names);
  std::vector<Value> results(const torch::jit::Node& node, const std::vector<Value>& arguments, Names& names);
  std::vector<Value> attribute(const torch::jit::Node& node, const Value& object) const;
  std::vector<Value> branch(const torch::jit::Node& node, const Value& condition, Names& names);
  std::vector<Value> loop(const torch::jit::Node& node, const std::vector<Value>& arguments, Names& names);
  std::vector<Value> unrolled(const torch::jit::Node& node, int64_t steps, std::vector<Value> carried, Names& names);
  std::vector<Value> over_time(const torch::jit::Node& node, const Value& steps, const std::vector<Value>& carried,
                               Names& names);

  /// What is appended, within the body of a loop, to lists that were made outside.
  struct Growing {
    std::shared_ptr<Items> list;
    Value item;
  };
  void append(const Value& list, const Value& item);

  Emitter emitter_;
  std::map<const void*, std::string> paths_;   // of a module's object -> "encoder.recurrent."
  std::vector<std::vector<Growing>> growing_;  // of each open loop
};

}  // namespace recur::onnx
