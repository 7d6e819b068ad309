// Loops: unrolled where the count is known, else ONNX's Loop.
#include <algorithm>

#include <ATen/ops/scalar_tensor.h>
#include <torch/csrc/jit/ir/constants.h>

#include <fmt/format.h>

#include "core/error.h"
#include "models/onnx/converter.h"

namespace recur::onnx {
namespace {

using torch::jit::Node;

constexpr int64_t kMostUnrolled = 1000;

/// Calls `visit` on each part of the value that is no list.
template <class Visit>
void for_each_leaf(Value& value, const Visit& visit) {
  if (!value.items) return visit(value);
  if (!value.items->stacked.name.empty()) throw Error("ONNX: a list that has grown in a loop goes into another");
  for (auto& item : value.items->values) for_each_leaf(item, visit);
}

/// The value with lists of its own: what the body of a loop does to them is not seen outside.
Value with_own_lists(const Value& value, int depth) {
  Value copy = value;
  if (!value.items) return copy;
  copy.items = std::make_shared<Items>(Items{.depth = depth});
  for (const auto& item : value.items->values) copy.items->values.push_back(with_own_lists(item, depth));
  return copy;
}

/// What goes through a loop has the dtype and number of dimensions that it has in the first step.
TensorSpec carried_spec(const std::string& name, const Value& value) {
  return {.name = name, .dtype = value.tensor().scalar_type(), .dims = std::vector<Dim>(value.dims(), Dim{""})};
}

/// Does a loop carry it as a tensor?  Everything else must be the same in each step.
bool is_carried(const Value& leaf) {
  return !leaf.name.empty() || leaf.is_tensor();
}

}  // namespace

std::vector<Value> Converter::loop(const Node& node, const std::vector<Value>& arguments, Names& names) {
  const auto goes_on = torch::jit::toIValue(node.blocks()[0]->outputs()[0]);
  if (!goes_on || !goes_on->toBool() || !arguments[1].is_known() || !arguments[1].known().toBool()) {
    throw Error("ONNX: `while` and `break` have no translation here");
  }
  const std::vector<Value> carried(arguments.begin() + 2, arguments.end());
  return arguments[0].is_known() ? unrolled(node, arguments[0].known().toInt(), carried, names)
                                 : over_time(node, arguments[0], carried, names);
}

std::vector<Value> Converter::unrolled(const Node& node, int64_t steps, std::vector<Value> carried, Names& names) {
  if (steps > kMostUnrolled) throw Error(fmt::format("ONNX: a loop of {} known steps is too long", steps));
  const auto& body = *node.blocks()[0];
  for (int64_t step = 0; step < steps; ++step) {
    names[body.inputs()[0]] = known_value(step);
    for (size_t i = 0; i < carried.size(); ++i) names[body.inputs()[i + 1]] = carried[i];
    carried = run(body, names);
    carried.erase(carried.begin());
  }
  return carried;
}

/// ONNX's Loop(steps, condition, carried...) -> (carried..., what was appended in each step).
std::vector<Value> Converter::over_time(const Node& node, const Value& steps, const std::vector<Value>& carried,
                                        Names& names) {
  const auto& body = *node.blocks()[0];
  std::vector<std::string> inputs = {steps.name, ""};
  emitter_.open_body();
  growing_.emplace_back();
  const auto count = emitter_.new_name("step"), condition = emitter_.new_name("condition");
  emitter_.graph().add_input({count, torch::kInt64, {}});
  emitter_.graph().add_input({condition, torch::kBool, {}});
  names[body.inputs()[0]] = {.examples = {int64_t{0}, int64_t{0}}, .name = count};
  for (size_t i = 0; i < carried.size(); ++i) {
    auto value = with_own_lists(carried[i], emitter_.depth());
    for_each_leaf(value, [&](Value& leaf) {
      if (!is_carried(leaf)) return;
      inputs.push_back(emitter_.operand(leaf));
      leaf.name = emitter_.new_name("carried");
      emitter_.graph().add_input(carried_spec(leaf.name, leaf));
    });
    names[body.inputs()[i + 1]] = std::move(value);
  }
  auto following = run(body, names);
  following.erase(following.begin());

  emitter_.graph().add_output(
      {emitter_.output_of_body(known_value(at::scalar_tensor(true, torch::kBool))), torch::kBool, {}});
  const auto add_output = [&](const Value& value) {
    emitter_.graph().add_output(carried_spec(emitter_.output_of_body(value), value));
  };
  std::vector<Value*> leaves;
  for (size_t i = 0; i < carried.size(); ++i) {
    following[i] = with_own_lists(following[i], emitter_.depth() - 1);
    for_each_leaf(following[i], [&](Value& leaf) {
      if (!is_carried(leaf)) return;
      add_output(leaf);
      leaves.push_back(&leaf);
    });
  }
  const auto grown = std::move(growing_.back());
  for (const auto& [list, item] : grown) add_output(item);
  growing_.pop_back();
  const auto inner = emitter_.take_body();

  if (leaves.size() + 2 != inputs.size()) throw Error("ONNX: what a loop carries changes its kind on the way");
  const auto outputs = emitter_.nodes("Loop", inputs, leaves.size() + grown.size(), {{"body", &inner}});
  for (size_t i = 0; i < leaves.size(); ++i) leaves[i]->name = outputs[i];
  for (size_t i = 0; i < grown.size(); ++i) {
    auto& stacked = grown[i].list->stacked;
    stacked.name = outputs[leaves.size() + i];
    for (size_t example = 0; example < 2; ++example) {
      const auto one = grown[i].item.examples[example].toTensor().unsqueeze(0);
      std::vector<int64_t> sizes(one.dim(), -1);
      sizes[0] = steps.examples[example].toInt();
      stacked.examples[example] = one.expand(sizes);
    }
  }
  return following;
}

void Converter::append(const Value& list, const Value& item) {
  auto& items = *list.items;
  if (items.depth == emitter_.depth()) {
    if (!items.stacked.name.empty()) throw Error("ONNX: append to a list that has grown in a loop");
    items.values.push_back(item);
    return;
  }
  auto& open = growing_.back();
  const bool again = std::any_of(open.begin(), open.end(), [&](const auto& other) { return other.list == list.items; });
  if (items.depth + 1 != emitter_.depth() || again || !items.values.empty() || !item.is_tensor()) {
    throw Error("ONNX: a loop over time may append one tensor a step to a list that is empty before it");
  }
  open.push_back({list.items, item});
}

}  // namespace recur::onnx
