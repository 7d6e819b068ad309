// Views, parts and joins of tensors, and tensors of one number or of a range.
#include <algorithm>
#include <limits>
#include <numeric>

#include <ATen/ops/scalar_tensor.h>

#include "core/error.h"
#include "models/onnx/list_operators.h"
#include "models/onnx/operators.h"

namespace recur::onnx {
namespace {

std::string transposed(const Operation& o, std::vector<int64_t> order) {
  return o.node("Transpose", {o.operand(0)}, {{"perm", std::move(order)}});
}

std::string transpose(const Operation& o) {
  const auto dims = o.at(0).dims();
  std::vector<int64_t> order(dims);
  std::iota(order.begin(), order.end(), 0);
  std::swap(order[o.axis(o.integer(1), dims)], order[o.axis(o.integer(2), dims)]);
  return transposed(o, order);
}

std::string transpose_matrix(const Operation& o) {
  return o.at(0).dims() < 2 ? o.operand(0) : transposed(o, {1, 0});
}

std::string permute(const Operation& o) {
  auto order = o.integers(1);
  for (auto& dim : order) dim = o.axis(dim, o.at(0).dims());
  return transposed(o, order);
}

std::string axes(const Operation& o, std::vector<int64_t> dims) {
  return o.emitter.constant(dims);
}

std::string unsqueeze(const Operation& o) {
  return o.node("Unsqueeze", {o.operand(0), axes(o, {o.axis(o.integer(1), o.at(0).dims() + 1)})});
}

std::string squeeze(const Operation& o) {
  if (o.result.dims() == o.at(0).dims()) return o.operand(0);  // torch leaves a size other than 1 as it is
  return o.node("Squeeze", {o.operand(0), axes(o, {o.axis(o.integer(1), o.at(0).dims())})});
}

std::string select(const Operation& o) {
  return o.node("Gather", {o.operand(0), o.operand(2, torch::kInt64)},
                {{"axis", o.axis(o.integer(1), o.at(0).dims())}});
}

/// x[start:end:step] along one dimension; either end may be open.
std::string slice(const Operation& o) {
  constexpr int64_t kToTheEnd = std::numeric_limits<int64_t>::max();
  const bool from_start = !o.has(2) || (o.at(2).is_known() && o.integer(2) == 0);
  const bool to_end = !o.has(3) || (o.at(3).is_known() && o.integer(3) == kToTheEnd);
  if (from_start && to_end && o.integer(4) == 1) return o.operand(0);
  const auto start = o.emitter.vector({o.has(2) ? o.at(2) : known_value(int64_t{0})});
  const auto end = o.emitter.vector({o.has(3) ? o.at(3) : known_value(kToTheEnd)});
  return o.node("Slice",
                {o.operand(0), start, end, axes(o, {o.axis(o.integer(1), o.at(0).dims())}), axes(o, {o.integer(4)})});
}

std::string reshape(const Operation& o) {
  return o.node("Reshape", {o.operand(0), o.emitter.vector(items_of(o.at(1)))});
}

/// Only up to the last dimension, as 0 copies the sizes before.
std::string flatten(const Operation& o) {
  const auto dims = o.at(0).dims();
  const auto first = o.axis(o.integer(1), dims);
  if (o.axis(o.integer(2), dims) != dims - 1) throw Error("ONNX: flatten that leaves dimensions behind");
  std::vector<int64_t> shape(first, 0);
  shape.push_back(-1);
  return o.node("Reshape", {o.operand(0), o.emitter.constant(shape)});
}

/// -1 leaves a size as it is, as does 1 in ONNX.
std::string expand(const Operation& o) {
  auto sizes = items_of(o.at(1));
  for (auto& size : sizes) {
    if (size.is_known() && size.known().toInt() == -1) size = known_value(int64_t{1});
  }
  return o.node("Expand", {o.operand(0), o.emitter.vector(sizes)});
}

std::vector<std::string> operands(const Operation& o, const std::vector<Value>& values) {
  std::vector<std::string> names;
  for (const auto& value : values) names.push_back(o.emitter.operand(value, o.dtype()));
  return names;
}

std::string cat(const Operation& o) {
  const auto parts = operands(o, items_of(o.at(0)));
  return o.node("Concat", parts, {{"axis", o.axis(o.integer(1), o.result.dims())}});
}

std::string stack(const Operation& o) {
  const auto dim = o.axis(o.integer(1), o.result.dims());
  auto parts = operands(o, items_of(o.at(0)));
  for (auto& part : parts) part = o.node("Unsqueeze", {part, axes(o, {dim})});
  return parts.size() == 1 ? parts.front() : o.node("Concat", parts, {{"axis", dim}});
}

std::string filled(const Operation& o, const std::string& number, const std::string& shape) {
  return o.node("Expand", {number, shape});
}

template <int number>
std::string constant_of_shape(const Operation& o) {
  return filled(o, o.emitter.constant(at::scalar_tensor(number, o.dtype())), o.emitter.vector(items_of(o.at(0))));
}

template <int number>
std::string constant_like(const Operation& o) {
  return filled(o, o.emitter.constant(at::scalar_tensor(number, o.dtype())), o.node("Shape", {o.operand(0)}));
}

std::string full(const Operation& o) {
  return filled(o, o.operand(1, o.dtype()), o.emitter.vector(items_of(o.at(0))));
}

/// arange(end), (start, end) or (start, end, step): all of them end in dtype, layout, device, pin_memory.
std::string arange(const Operation& o) {
  const auto given = o.arguments.size() - 4;
  const auto number = [&](int value) { return o.emitter.constant(at::scalar_tensor(value, o.dtype())); };
  return o.node("Range", {given == 1 ? number(0) : o.operand(0, o.dtype()), o.operand(given == 1 ? 0 : 1, o.dtype()),
                          given == 3 ? o.operand(2, o.dtype()) : number(1)});
}

/// torch names (before, after) from the last dimension on; ONNX all befores, then all afters.
std::string pad(const Operation& o) {
  const auto given = items_of(o.at(1));
  const auto dims = static_cast<size_t>(o.at(0).dims());
  std::vector<Value> pads(2 * dims, known_value(int64_t{0}));
  for (size_t k = 0; k < given.size() / 2; ++k) {
    pads[dims - 1 - k] = given[2 * k];
    pads[2 * dims - 1 - k] = given[2 * k + 1];
  }
  return o.node("Pad", {o.operand(0), o.emitter.vector(pads), o.operand(2, o.dtype())});
}

std::string gather(const Operation& o) {
  return o.node("GatherElements", {o.operand(0), o.operand(2)}, {{"axis", o.axis(o.integer(1), o.at(0).dims())}});
}

std::string embedding(const Operation& o) {
  return o.node("Gather", {o.operand(0), o.operand(1)}, {{"axis", int64_t{0}}});
}

}  // namespace

const Translations& shape_translations() {
  static const Translations table = {
      {"aten::transpose", transpose},
      {"aten::t", transpose_matrix},
      {"aten::permute", permute},
      {"aten::unsqueeze", unsqueeze},
      {"aten::squeeze", squeeze},
      {"aten::select", select},
      {"aten::slice", slice},
      {"aten::view", reshape},
      {"aten::reshape", reshape},
      {"aten::flatten", flatten},
      {"aten::expand", expand},
      {"aten::cat", cat},
      {"aten::stack", stack},
      {"aten::zeros", constant_of_shape<0>},
      {"aten::ones", constant_of_shape<1>},
      {"aten::zeros_like", constant_like<0>},
      {"aten::ones_like", constant_like<1>},
      {"aten::full", full},
      {"aten::arange", arange},
      {"aten::constant_pad_nd", pad},
      {"aten::gather", gather},
      {"aten::embedding", embedding},
  };
  return table;
}

}  // namespace recur::onnx
