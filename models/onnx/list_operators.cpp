#include "models/onnx/list_operators.h"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "core/error.h"

namespace recur::onnx {
namespace {

namespace aten = c10::aten;
namespace prim = c10::prim;
using Values = std::vector<Value>;

const auto kReverse = c10::Symbol::fromQualString("aten::reverse");

bool has_grown(const Value& list) {
  return list.items && !list.items->stacked.name.empty();
}

/// A place in a list as Python counts: from the end if it is negative.
size_t place_in(int64_t index, size_t size) {
  const auto place = index < 0 ? index + static_cast<int64_t>(size) : index;
  if (place < 0 || place >= static_cast<int64_t>(size)) {
    throw Error(fmt::format("ONNX: item {} of a list of {}", index, size));
  }
  return static_cast<size_t>(place);
}

int64_t bound(const Value& given, int64_t absent, int64_t size) {
  if (given.is_none()) return absent;
  const auto value = given.known().toInt();
  return std::clamp<int64_t>(value < 0 ? value + size : value, 0, size);
}

Values slice(const Values& values, const Values& arguments) {
  const auto size = static_cast<int64_t>(values.size());
  const auto first = bound(arguments[1], 0, size), last = bound(arguments[2], size, size);
  if (arguments[3].known().toInt() != 1) throw Error("ONNX: a list is cut with a step");
  return first < last ? Values(values.begin() + first, values.begin() + last) : Values();
}

/// Turns a list round in place.
void reverse(Emitter& emitter, Items& items) {
  std::reverse(items.values.begin(), items.values.end());
  if (items.stacked.name.empty()) return;
  constexpr int64_t kToTheStart = std::numeric_limits<int64_t>::min() + 1;
  const auto axis = emitter.constant(std::vector<int64_t>{0}), step = emitter.constant(std::vector<int64_t>{-1});
  items.stacked.name = emitter.node(
      "Slice", {items.stacked.name, step, emitter.constant(std::vector<int64_t>{kToTheStart}), axis, step});
}

bool is_list(const Value& value) {
  return value.items || (value.is_known() && value.known().isList());
}

}  // namespace

Value list_of(std::vector<Value> values, const Emitter& emitter) {
  return {.items = std::make_shared<Items>(Items{.values = std::move(values), .depth = emitter.depth()})};
}

std::vector<Value> items_of(const Value& list) {
  if (has_grown(list)) throw Error("ONNX: a list that has grown in a loop can be stacked or turned round, no more");
  if (list.items) return list.items->values;
  Values values;
  if (list.known().isTuple()) {
    for (const auto& item : list.known().toTupleRef().elements()) values.push_back(known_value(item));
  } else {
    for (const auto& item : list.known().toListRef()) values.push_back(known_value(item));
  }
  return values;
}

c10::IValue example_of(const Value& value, const c10::TypePtr& type, size_t which) {
  if (!value.items) return value.examples[which];
  const auto list_type = type->cast<c10::ListType>();
  if (!list_type) throw Error(fmt::format("ONNX: {} as an argument of an operator", type->annotation_str()));
  c10::impl::GenericList list(list_type->getElementType());
  for (const auto& item : items_of(value)) list.push_back(item.examples[which]);
  return list;
}

std::optional<std::vector<Value>> list_operator(Emitter& emitter, const torch::jit::Node& node,
                                                const std::vector<Value>& arguments) {
  const auto& first = arguments.empty() ? Value() : arguments[0];
  const auto kind = node.kind();
  if (kind == prim::ListConstruct || kind == prim::TupleConstruct) return Values{list_of(arguments, emitter)};
  if (kind == prim::ListUnpack || kind == prim::TupleUnpack) return items_of(first);
  if (kind == prim::unchecked_cast || kind == prim::unchecked_unwrap_optional) return Values{first};
  if (kind == aten::__is__ || kind == aten::__isnot__) {
    const bool same = first.is_none() == arguments[1].is_none();
    return Values{known_value(same == (kind == aten::__is__))};
  }
  if (kind == prim::TupleIndex || (kind == aten::__getitem__ && is_list(first))) {
    const auto values = items_of(first);
    if (!arguments[1].is_known()) throw Error("ONNX: which item of a list is taken depends on the inputs");
    return Values{values[place_in(arguments[1].known().toInt(), values.size())]};
  }
  if (kind == aten::len && is_list(first)) return Values{known_value(static_cast<int64_t>(items_of(first).size()))};
  if (kind == kReverse) {
    reverse(emitter, *first.items);
    return Values{};
  }
  if (kind == aten::slice && is_list(first)) return Values{list_of(slice(items_of(first), arguments), emitter)};
  if (kind == aten::add && is_list(first)) {
    auto joined = items_of(first);
    for (const auto& item : items_of(arguments[1])) joined.push_back(item);
    return Values{list_of(std::move(joined), emitter)};
  }
  if (kind == aten::mul && is_list(first)) {
    Values repeated;
    for (int64_t k = 0; k < arguments[1].known().toInt(); ++k) {
      for (const auto& item : items_of(first)) repeated.push_back(item);
    }
    return Values{list_of(std::move(repeated), emitter)};
  }
  return std::nullopt;
}

}  // namespace recur::onnx
