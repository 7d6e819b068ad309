#include "models/engine/evaluate.h"

#include <ATen/ops/abs.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/log.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/tanh.h>

#include "core/error.h"

namespace recur::engine {
namespace {

using torch::Tensor;

Tensor unary(Op op, const Tensor& a) {
  switch (op) {
    case Op::kNegate:
      return -a;
    case Op::kSigmoid:
      return at::sigmoid(a);
    case Op::kTanh:
      return at::tanh(a);
    case Op::kRelu:
      return at::relu(a);
    case Op::kExp:
      return at::exp(a);
    case Op::kLog:
      return at::log(a);
    case Op::kAbs:
      return at::abs(a);
    case Op::kSoftplus:
      return at::softplus(a);
    default:
      throw Error("evaluate: a program has an operation that is not known here");
  }
}

Tensor binary(Op op, const Tensor& a, const Tensor& b) {
  switch (op) {
    case Op::kAdd:
      return a + b;
    case Op::kSubtract:
      return a - b;
    case Op::kMultiply:
      return a * b;
    case Op::kDivide:
      return a / b;
    default:
      return at::maximum(a, b);
  }
}

}  // namespace

std::vector<Tensor> evaluate(const Program& program, const LayerParameters& parameters, const Tensor& x,
                             const std::vector<Tensor>& state) {
  const auto map = [&](const Tensor& weight, const Tensor& bias, int gate, const Tensor& argument) {
    return at::linear(argument, weight.chunk(program.gates, 0)[gate],
                      bias.defined() ? bias.chunk(program.gates, 0)[gate] : Tensor());
  };
  std::vector<Tensor> values;
  for (int v = 0; v < program.size; ++v) {
    const auto& [op, a, b, constant] = program.instructions[v];
    if (op == Op::kInput) {
      values.push_back(x);
    } else if (op == Op::kState) {
      values.push_back(state[a]);
    } else if (op == Op::kUnit) {
      values.push_back(parameters.units[a]);
    } else if (op == Op::kConstant) {
      values.push_back(at::scalar_tensor(constant, x.options()));
    } else if (op == Op::kInputMap) {
      values.push_back(map(parameters.weight_ih, parameters.bias_ih, a, values[b]));
    } else if (op == Op::kStateMap) {
      values.push_back(map(parameters.weight_hh, parameters.bias_hh, a, values[b]));
    } else {
      values.push_back(is_binary(op) ? binary(op, values[a], values[b]) : unary(op, values[a]));
    }
  }
  return values;
}

}  // namespace recur::engine
