// Sums, products, activations, comparisons, choices: element by element, with broadcasting, which ONNX does as torch.
#include <cmath>

#include <ATen/ops/result_type.h>
#include <ATen/ops/scalar_tensor.h>

#include "core/error.h"
#include "models/onnx/operators.h"

namespace recur::onnx {
namespace {

/// One node of one operand.
template <const char* const* op>
std::string unary(const Operation& o) {
  return o.node(*op, {o.operand(0, o.dtype())});
}

std::string scalar(const Operation& o, double value) {
  return o.emitter.constant(at::scalar_tensor(value, o.dtype()));
}

void expect_one(const Operation& o, size_t alpha) {
  if (o.arguments.size() > alpha && o.number(alpha) != 1) throw Error("ONNX: add or sub with alpha");
}

std::string binary(const Operation& o, const char* op) {
  return o.node(op, {o.operand(0, o.dtype()), o.operand(1, o.dtype())});
}

/// The dtype in which two operands are compared: torch's promotion.
torch::ScalarType common_dtype(const Operation& o) {
  const auto& a = o.at(0).examples[0];
  const auto& b = o.at(1).examples[0];
  if (a.isTensor() && b.isTensor()) return at::result_type(a.toTensor(), b.toTensor());
  if (a.isTensor()) return at::result_type(a.toTensor(), b.toScalar());
  return torch::kInt64;
}

std::string compare(const Operation& o, const char* op) {
  const auto dtype = common_dtype(o);
  return o.node(op, {o.operand(0, dtype), o.operand(1, dtype)});
}

/// Towards minus infinity, of integers: (a - a mod b) / b; ONNX's division goes towards zero.
std::string floor_divide(const Operation& o) {
  const auto a = o.operand(0, o.dtype()), b = o.operand(1, o.dtype());
  if (c10::isFloatingType(o.dtype())) return o.node("Floor", {o.node("Div", {a, b})});
  return o.node("Div", {o.node("Sub", {a, o.node("Mod", {a, b})}), b});
}

std::string divide(const Operation& o) {
  if (!o.has(2)) return binary(o, "Div");
  if (o.at(2).known().toStringRef() != "floor") throw Error("ONNX: div with a rounding mode other than floor");
  return floor_divide(o);
}

/// x / 2 * (1 + erf(x / sqrt 2)).
std::string gelu(const Operation& o) {
  if (o.at(1).known().toStringRef() != "none") throw Error("ONNX: gelu by its approximation");
  const auto x = o.operand(0);
  const auto erf = o.node("Erf", {o.node("Mul", {x, scalar(o, std::sqrt(0.5))})});
  return o.node("Mul", {o.node("Mul", {x, scalar(o, 0.5)}), o.node("Add", {erf, scalar(o, 1)})});
}

std::string softplus(const Operation& o) {
  if (o.number(1) != 1) throw Error("ONNX: softplus with beta");  // its threshold, 20, is below rounding
  return o.node("Softplus", {o.operand(0)});
}

/// Of integers, with the divisor's sign, as Python has it.
std::string remainder(const Operation& o) {
  if (c10::isFloatingType(o.dtype())) throw Error("ONNX: the remainder of a division of floating-point numbers");
  return binary(o, "Mod");
}

std::string where(const Operation& o) {
  return o.node("Where", {o.operand(0), o.operand(1, o.dtype()), o.operand(2, o.dtype())});
}

std::string masked_fill(const Operation& o) {
  return o.node("Where", {o.operand(1), o.operand(2, o.dtype()), o.operand(0)});
}

/// Another dtype, or nothing at all: devices and layouts do not exist here.
std::string convert(const Operation& o) {
  return o.operand(0, o.dtype());
}

constexpr const char* kRelu = "Relu";
constexpr const char* kSigmoid = "Sigmoid";
constexpr const char* kTanh = "Tanh";
constexpr const char* kExp = "Exp";
constexpr const char* kLog = "Log";
constexpr const char* kAbs = "Abs";
constexpr const char* kNeg = "Neg";
constexpr const char* kSqrt = "Sqrt";
constexpr const char* kNot = "Not";

}  // namespace

const Translations& elementwise_translations() {
  static const Translations table = {
      {"aten::relu", unary<&kRelu>},
      {"aten::sigmoid", unary<&kSigmoid>},
      {"aten::tanh", unary<&kTanh>},
      {"aten::exp", unary<&kExp>},
      {"aten::log", unary<&kLog>},
      {"aten::abs", unary<&kAbs>},
      {"aten::neg", unary<&kNeg>},
      {"aten::sqrt", unary<&kSqrt>},
      {"aten::logical_not", unary<&kNot>},
      {"aten::bitwise_not", unary<&kNot>},
      {"aten::softplus", softplus},
      {"aten::gelu", gelu},
      {"aten::add", [](const Operation& o) { return expect_one(o, 2), binary(o, "Add"); }},
      {"aten::sub", [](const Operation& o) { return expect_one(o, 2), binary(o, "Sub"); }},
      {"aten::rsub",
       [](const Operation& o) {
         expect_one(o, 2);
         return o.node("Sub", {o.operand(1, o.dtype()), o.operand(0, o.dtype())});
       }},
      {"aten::mul", [](const Operation& o) { return binary(o, "Mul"); }},
      {"aten::div", divide},
      {"aten::floordiv", floor_divide},
      {"aten::floor_divide", floor_divide},
      {"aten::remainder", remainder},
      {"aten::maximum", [](const Operation& o) { return binary(o, "Max"); }},
      {"aten::minimum", [](const Operation& o) { return binary(o, "Min"); }},
      {"aten::gt", [](const Operation& o) { return compare(o, "Greater"); }},
      {"aten::ge", [](const Operation& o) { return compare(o, "GreaterOrEqual"); }},
      {"aten::lt", [](const Operation& o) { return compare(o, "Less"); }},
      {"aten::le", [](const Operation& o) { return compare(o, "LessOrEqual"); }},
      {"aten::eq", [](const Operation& o) { return compare(o, "Equal"); }},
      {"aten::ne", [](const Operation& o) { return o.node("Not", {compare(o, "Equal")}); }},
      {"aten::logical_and", [](const Operation& o) { return binary(o, "And"); }},
      {"aten::logical_or", [](const Operation& o) { return binary(o, "Or"); }},
      {"aten::where", where},
      {"aten::masked_fill", masked_fill},
      {"aten::to", convert},
      {"aten::float", convert},
      {"aten::contiguous", convert},
      {"aten::detach", convert},
      {"aten::clone", convert},
  };
  return table;
}

}  // namespace recur::onnx
