#include "models/onnx/converter.h"

#include <torch/csrc/jit/ir/constants.h>

#include <fmt/format.h>

#include "core/error.h"
#include "models/onnx/list_operators.h"
#include "models/onnx/operators.h"
#include "models/onnx/recurrent_layer.h"

namespace recur::onnx {
namespace {

namespace prim = c10::prim;
using torch::jit::Node;

constexpr size_t kMostOfLine = 80;

std::string place(const Node& node) {
  return std::string(node.sourceRange().token_text().substr(0, kMostOfLine));
}

}  // namespace

Converter::Converter(const torch::jit::Module& root) {
  for (const auto& [path, module] : root.named_modules()) {
    paths_[module._ivalue().get()] = path.empty() ? "" : path + ".";
  }
}

Value Converter::call(const torch::jit::Module& module, const std::string& method, std::vector<Value> arguments) {
  const auto function = module.get_method(method);
  const auto& schema = function.function().getSchema();
  arguments.insert(arguments.begin(), known_value(module._ivalue()));
  for (size_t i = arguments.size(); i < schema.arguments().size(); ++i) {
    const auto& absent = schema.arguments()[i].default_value();
    if (!absent) throw Error(fmt::format("ONNX: {} wants the argument {}", method, schema.arguments()[i].name()));
    arguments.push_back(known_value(*absent));
  }
  if (const auto layer = recurrent_layer(emitter_, module, method, arguments)) return *layer;

  const auto graph = function.graph();
  Names names;
  for (size_t i = 0; i < arguments.size(); ++i) names[graph->inputs()[i]] = arguments[i];
  return run(*graph->block(), names).front();
}

std::vector<Value> Converter::run(const torch::jit::Block& block, Names& names) {
  for (const auto* node : block.nodes()) run(*node, names);
  std::vector<Value> returned;
  for (const auto* value : block.outputs()) returned.push_back(names.at(value));
  return returned;
}

void Converter::run(const Node& node, Names& names) {
  std::vector<Value> arguments;
  for (const auto* input : node.inputs()) arguments.push_back(names.at(input));
  auto values = results(node, arguments, names);
  if (values.size() != node.outputs().size()) {
    throw Error(fmt::format("ONNX: {} gave {} values of {}: {}", node.kind().toDisplayString(), values.size(),
                            node.outputs().size(), place(node)));
  }
  for (size_t i = 0; i < values.size(); ++i) names[node.outputs()[i]] = std::move(values[i]);
}

std::vector<Value> Converter::results(const Node& node, const std::vector<Value>& arguments, Names& names) {
  switch (node.kind()) {
    case prim::Constant:
      return {known_value(torch::jit::toIValue(node.output()).value_or(c10::IValue()))};
    case prim::GetAttr:
      return attribute(node, arguments[0]);
    case prim::CallMethod:
      return {call(torch::jit::Module(arguments[0].known().toObject()), node.s(c10::attr::name),
                   {arguments.begin() + 1, arguments.end()})};
    case prim::If:
      return branch(node, arguments[0], names);
    case prim::Loop:
      return loop(node, arguments, names);
    case c10::aten::append:
      append(arguments[0], arguments[1]);
      return {arguments[0]};
    default:
      break;
  }
  if (auto listed = list_operator(emitter_, node, arguments)) return *listed;
  try {
    return tensor_operator(emitter_, node, arguments);
  } catch (const Error& error) {
    throw Error(fmt::format("{}: {}", error.what(), place(node)));
  }
}

std::vector<Value> Converter::attribute(const Node& node, const Value& object) const {
  const auto owner = object.known().toObject();
  const auto& name = node.s(c10::attr::name);
  const auto path = paths_.find(owner.get());
  auto value = owner->getAttr(name);
  return {known_value(std::move(value), path == paths_.end() ? name : path->second + name)};
}

std::vector<Value> Converter::branch(const Node& node, const Value& condition, Names& names) {
  if (!condition.is_known()) {
    throw Error(fmt::format("ONNX: a branch on what depends on the inputs has no translation here: {}", place(node)));
  }
  return run(*node.blocks()[condition.known().toBool() ? 0 : 1], names);
}

}  // namespace recur::onnx
