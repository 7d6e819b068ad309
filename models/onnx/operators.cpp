#include "models/onnx/operators.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/error.h"
#include "models/onnx/list_operators.h"

namespace recur::onnx {
namespace {

namespace aten = c10::aten;
namespace prim = c10::prim;
using torch::jit::Node;
using Values = std::vector<Value>;

bool all_known(const Value& value) {
  if (!value.items) return value.name.empty();
  const auto& items = *value.items;
  return items.stacked.name.empty() && std::all_of(items.values.begin(), items.values.end(), all_known);
}

/// What the operator gives for example `which` of its arguments.
std::vector<c10::IValue> evaluate(const Node& node, const Values& arguments, size_t which) {
  torch::jit::Stack stack;
  for (size_t i = 0; i < arguments.size(); ++i) {
    stack.push_back(example_of(arguments[i], node.inputs()[i]->type(), which));
  }
  node.getOperation()(stack);
  return stack;
}

/// A size is known if it is the same for both examples.
Value size_value(Emitter& emitter, const Value& tensor, int64_t dim) {
  const auto a = tensor.examples[0].toTensor().size(dim), b = tensor.examples[1].toTensor().size(dim);
  if (a == b) return known_value(a);
  const auto shape = emitter.node("Shape", {tensor.name});
  const auto place = emitter.constant(at::scalar_tensor(Operation::axis(dim, tensor.dims()), torch::kInt64));
  return {.examples = {a, b}, .name = emitter.node("Gather", {shape, place}, {{"axis", int64_t{0}}})};
}

Value sizes_value(Emitter& emitter, const Value& tensor) {
  Values sizes;
  for (int64_t dim = 0; dim < tensor.dims(); ++dim) sizes.push_back(size_value(emitter, tensor, dim));
  return list_of(std::move(sizes), emitter);
}

/// chunk(x, chunks, dim) and split(x, size, dim): a list of as many parts as the examples have.
Value parts_value(Emitter& emitter, const Values& arguments, const std::array<c10::IValue, 2>& examples) {
  const auto parts = examples[0].toTensorList(), others = examples[1].toTensorList();
  const auto dim = Operation::axis(arguments[2].known().toInt(), arguments[0].dims());
  std::vector<int64_t> sizes;
  for (size_t i = 0; i < parts.size(); ++i) sizes.push_back(at::Tensor(parts[i]).size(dim));
  if (others.size() != parts.size() || at::Tensor(others[0]).size(dim) != sizes[0]) {
    throw Error("ONNX: a dimension whose size depends on the inputs is cut into parts");
  }
  const auto names =
      emitter.nodes("Split", {emitter.operand(arguments[0]), emitter.constant(sizes)}, sizes.size(), {{"axis", dim}});
  Values values;
  for (size_t i = 0; i < parts.size(); ++i) {
    values.push_back({.examples = {at::Tensor(parts[i]), at::Tensor(others[i])}, .name = names[i]});
  }
  return list_of(std::move(values), emitter);
}

/// stack of a list that has grown in a loop: its steps are in front already.
std::optional<Value> stacked_value(Emitter& emitter, const Node& node, const Values& arguments) {
  if (node.kind() != aten::stack || !arguments[0].items || arguments[0].items->stacked.name.empty()) return {};
  auto value = arguments[0].items->stacked;
  const auto dim = Operation::axis(arguments[1].known().toInt(), value.dims());
  if (dim == 0) return value;
  std::vector<int64_t> order;
  for (int64_t from = 1; from < value.dims(); ++from) order.push_back(from);
  order.insert(order.begin() + dim, 0);
  value.name = emitter.node("Transpose", {value.name}, {{"perm", order}});
  for (auto& example : value.examples) example = example.toTensor().permute(order);
  return value;
}

Translation translation_of(const Node& node) {
  const std::string_view name = node.kind().toQualString();
  for (const auto* table : {&elementwise_translations(), &shape_translations(), &layer_translations()}) {
    const auto found = table->find(name);
    if (found != table->end()) return found->second;
  }
  throw Error(fmt::format("ONNX: the operator {} has no translation", name));
}

}  // namespace

torch::ScalarType Operation::dtype() const {
  return result.is_tensor() ? result.tensor().scalar_type() : torch::kInt64;
}

int64_t Operation::integer(size_t i) const {
  if (!at(i).is_known()) throw Error(fmt::format("ONNX: argument {} must not depend on the inputs", i));
  return at(i).known().toInt();
}

double Operation::number(size_t i) const {
  if (!at(i).is_known()) throw Error(fmt::format("ONNX: argument {} must not depend on the inputs", i));
  return at(i).known().toScalar().toDouble();
}

bool Operation::flag(size_t i) const {
  return at(i).is_known() && at(i).known().toBool();
}

std::vector<int64_t> Operation::integers(size_t i) const {
  if (!at(i).items && !at(i).known().isList()) return {at(i).known().toInt()};
  std::vector<int64_t> values;
  for (const auto& item : items_of(at(i))) {
    if (!item.is_known()) throw Error(fmt::format("ONNX: argument {} must not depend on the inputs", i));
    values.push_back(item.known().toInt());
  }
  return values;
}

std::vector<Value> tensor_operator(Emitter& emitter, const Node& node, const Values& arguments) {
  if (std::all_of(arguments.begin(), arguments.end(), all_known)) {
    Values values;
    for (auto& value : evaluate(node, arguments, 0)) values.push_back(known_value(std::move(value)));
    return values;
  }
  if (auto stacked = stacked_value(emitter, node, arguments)) return {*stacked};
  const auto kind = node.kind();
  if (kind == aten::size) {
    return {arguments.size() == 1 ? sizes_value(emitter, arguments[0])
                                  : size_value(emitter, arguments[0], arguments[1].known().toInt())};
  }
  const auto first = evaluate(node, arguments, 0), second = evaluate(node, arguments, 1);
  if (kind == prim::device || kind == prim::dtype || kind == aten::dim) return {known_value(first.at(0))};
  if (kind == aten::chunk) return {parts_value(emitter, arguments, {first[0], second[0]})};

  Operation operation{.emitter = emitter, .arguments = arguments, .result = {.examples = {first.at(0), second.at(0)}}};
  auto name = translation_of(node)(operation);
  operation.result.name = std::move(name);
  return {operation.result};
}

}  // namespace recur::onnx
