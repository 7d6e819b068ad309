#include "models/onnx/emitter.h"

#include <algorithm>
#include <cctype>

#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/tensor.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/ascii.h"
#include "core/error.h"

namespace recur::onnx {

std::string Emitter::new_name(std::string_view stem) {
  std::string name(stem);
  const int count = stems_[name]++;
  return count == 0 ? name : new_name(fmt::format("{}_{}", name, count));
}

std::vector<std::string> Emitter::nodes(const std::string& op, const std::vector<std::string>& inputs, size_t outputs,
                                        const Attributes& attributes) {
  const std::string stem = ascii_lower(op);
  std::vector<std::string> names;
  for (size_t i = 0; i < outputs; ++i) names.push_back(new_name(stem));
  graph().add_node(op, inputs, names, attributes);
  open_.back().made.insert(names.begin(), names.end());
  return names;
}

std::string Emitter::node(const std::string& op, const std::vector<std::string>& inputs, const Attributes& attributes) {
  return nodes(op, inputs, 1, attributes).front();
}

std::string Emitter::constant(const torch::Tensor& value, const std::string& hint) {
  const auto data = value.detach().to(torch::kCPU).contiguous();
  auto key = fmt::format("{} {} ", data_type(data.scalar_type()), fmt::join(data.sizes(), ","));
  key.append(static_cast<const char*>(data.const_data_ptr()), data.nbytes());
  auto& name = constants_[key];
  if (name.empty()) {
    name = new_name(hint);
    top().add_initializer(name, data);
  }
  return name;
}

std::string Emitter::constant(const std::vector<int64_t>& values) {
  return constant(at::tensor(values, torch::kInt64));
}

std::string Emitter::operand(const Value& value, torch::ScalarType dtype) {
  if (value.items) throw Error("ONNX: a list stands where a tensor is expected");
  if (!value.name.empty()) {
    const auto has = value.is_tensor() ? value.tensor().scalar_type() : torch::kInt64;
    if (has == dtype) return value.name;
    return node("Cast", {value.name}, {{"to", static_cast<int64_t>(data_type(dtype))}});
  }
  const auto hint = value.hint.empty() ? "constant" : value.hint;
  if (value.known().isTensor()) return constant(value.tensor().to(dtype), hint);
  if (!value.known().isScalar()) {
    throw Error(fmt::format("ONNX: {} stands where a tensor is expected", value.known().tagKind()));
  }
  return constant(at::scalar_tensor(value.known().toScalar(), dtype), hint);
}

std::string Emitter::vector(const std::vector<Value>& numbers) {
  const bool known = std::all_of(numbers.begin(), numbers.end(), [](const Value& v) { return v.is_known(); });
  if (known) {
    std::vector<int64_t> values;
    for (const auto& number : numbers) values.push_back(number.known().toInt());
    return constant(values);
  }
  std::vector<std::string> parts;
  const auto one = constant(std::vector<int64_t>{1});
  for (const auto& number : numbers) {
    parts.push_back(number.is_known() ? constant(std::vector<int64_t>{number.known().toInt()})
                                      : node("Reshape", {number.name, one}));
  }
  return parts.size() == 1 ? parts.front() : node("Concat", parts, {{"axis", int64_t{0}}});
}

void Emitter::open_body() {
  open_.emplace_back();
}

Graph Emitter::take_body() {
  auto body = std::move(open_.back().graph);
  open_.pop_back();
  return body;
}

std::string Emitter::output_of_body(const Value& value) {
  auto name = value.is_tensor() ? operand(value) : operand(value, torch::kInt64);
  // An output is made by a node of its own graph, and is one only once.
  if (!open_.back().made.contains(name)) name = node("Identity", {name});
  open_.back().made.erase(name);
  return name;
}

}  // namespace recur::onnx
