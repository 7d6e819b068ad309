// Products of matrices, reductions, convolutions, normalisation.
#include <algorithm>

#include "core/error.h"
#include "models/onnx/operators.h"

namespace recur::onnx {
namespace {

/// linear(x [..., I], weight [O, I], bias [O]).
std::string linear(const Operation& o) {
  const auto& weight = o.at(1);
  if (o.at(0).dims() == 2) {
    std::vector<std::string> inputs = {o.operand(0), o.operand(1)};
    if (o.has(2)) inputs.push_back(o.operand(2));
    return o.node("Gemm", inputs, {{"transB", int64_t{1}}});
  }
  const std::vector<int64_t> order = {1, 0};
  const auto turned =
      weight.is_known() ? o.emitter.constant(weight.tensor().t(), weight.hint.empty() ? "constant" : weight.hint + ".T")
                        : o.node("Transpose", {weight.name}, {{"perm", order}});
  const auto product = o.node("MatMul", {o.operand(0), turned});
  return o.has(2) ? o.node("Add", {product, o.operand(2)}) : product;
}

std::string matmul(const Operation& o) {
  return o.node("MatMul", {o.operand(0), o.operand(1)});
}

/// Over dimensions (argument 1), kept or not (argument 2); over all of them if there is only a dtype.
std::string reduce(const Operation& o, const char* op) {
  if (o.arguments.size() == 2) return o.node(op, {o.operand(0, o.dtype())}, {{"keepdims", int64_t{0}}});
  auto dims = o.integers(1);
  for (auto& dim : dims) dim = o.axis(dim, o.at(0).dims());
  return o.node(op, {o.operand(0, o.dtype()), o.emitter.constant(dims)}, {{"keepdims", int64_t{o.flag(2)}}});
}

std::string softmax(const Operation& o, const char* op) {
  return o.node(op, {o.operand(0, o.dtype())}, {{"axis", o.axis(o.integer(1), o.at(0).dims())}});
}

/// conv1d and conv2d: x, weight, bias, stride, padding, dilation, groups.
std::string convolution(const Operation& o) {
  const auto places = static_cast<size_t>(o.at(0).dims() - 2);
  const auto each = [&](size_t i) {
    auto values = o.integers(i);
    if (values.size() == 1) values.resize(places, values[0]);
    return values;
  };
  auto pads = each(4);
  pads.insert(pads.end(), pads.begin(), pads.begin() + static_cast<int64_t>(places));
  std::vector<std::string> inputs = {o.operand(0), o.operand(1)};
  if (o.has(2)) inputs.push_back(o.operand(2));
  return o.node("Conv", inputs,
                {{"strides", each(3)}, {"pads", pads}, {"dilations", each(5)}, {"group", o.integer(6)}});
}

/// max_pool2d(x, kernel, stride, padding, dilation, ceil).
std::string max_pool(const Operation& o) {
  auto pads = o.integers(3);
  pads.resize(2, pads[0]);
  pads.insert(pads.end(), {pads[0], pads[1]});
  return o.node("MaxPool", {o.operand(0)},
                {{"kernel_shape", o.integers(1)},
                 {"strides", o.integers(2)},
                 {"pads", pads},
                 {"dilations", o.integers(4)},
                 {"ceil_mode", int64_t{o.flag(5)}}});
}

/// batch_norm(x, weight, bias, mean, variance, training, momentum, eps, cudnn), by what was seen in training.
std::string batch_norm(const Operation& o) {
  if (o.flag(5)) throw Error("ONNX: batch normalisation by the batch's own statistics");
  return o.node("BatchNormalization", {o.operand(0), o.operand(1), o.operand(2), o.operand(3), o.operand(4)},
                {{"epsilon", o.number(7)}});
}

}  // namespace

const Translations& layer_translations() {
  static const Translations table = {
      {"aten::linear", linear},
      {"aten::matmul", matmul},
      {"aten::bmm", matmul},
      {"aten::mm", matmul},
      {"aten::sum", [](const Operation& o) { return reduce(o, "ReduceSum"); }},
      {"aten::mean", [](const Operation& o) { return reduce(o, "ReduceMean"); }},
      {"aten::amax", [](const Operation& o) { return reduce(o, "ReduceMax"); }},
      {"aten::softmax", [](const Operation& o) { return softmax(o, "Softmax"); }},
      {"aten::log_softmax", [](const Operation& o) { return softmax(o, "LogSoftmax"); }},
      {"aten::conv1d", convolution},
      {"aten::conv2d", convolution},
      {"aten::max_pool2d", max_pool},
      {"aten::batch_norm", batch_norm},
  };
  return table;
}

}  // namespace recur::onnx
