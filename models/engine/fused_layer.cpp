#include "models/engine/fused_layer.h"

#include <algorithm>
#include <utility>

#include <ATen/autocast_mode.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/custom_function.h>

#include "models/engine/cpu/layer_pass.h"
#include "models/engine/cuda/layer_pass.h"
#include "models/engine/differentiable_gradient.h"

namespace recur::engine {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

struct Unpacked {
  LayerParameters parameters;
  PackedSequences x;
  std::vector<Tensor> initial;
};

Unpacked from_list(const variable_list& list, const FusedCall& call) {
  const auto units = list.begin() + (call.bias ? 5 : 3), states = units + static_cast<int64_t>(call.cell->units.size());
  return {.parameters = {.weight_ih = list[1],
                         .weight_hh = list[2],
                         .bias_ih = call.bias ? list[3] : Tensor(),
                         .bias_hh = call.bias ? list[4] : Tensor(),
                         .units = {units, states}},
          .x = {.data = list[0], .rows = call.rows},
          .initial = {states, states + static_cast<int64_t>(call.cell->states.size())}};
}

/// With zeros for gradients that there are not: of the output, and of the states after each of B sequences.
variable_list defined(variable_list gradients, const Tensor& output, int64_t B) {
  if (!gradients.front().defined()) gradients.front() = at::zeros_like(output);
  for (auto& gradient : gradients) {
    if (!gradient.defined()) gradient = at::zeros({B, output.size(1)}, output.options());
  }
  return gradients;
}

/// The gradient by the reference engine, itself differentiable.
variable_list reference_gradient(const FusedCall& call, const variable_list& saved, const variable_list& gradients) {
  return differentiable_gradient(saved, gradients, [&](const variable_list& inputs) {
    const auto given = from_list(inputs, call);
    const auto result = call.cell->run(given.parameters, given.x, given.initial, call.reverse);
    variable_list outputs = {result.output};
    outputs.insert(outputs.end(), result.state.begin(), result.state.end());
    return outputs;
  });
}

class FusedLayer : public torch::autograd::Function<FusedLayer> {
 public:
  static variable_list forward(AutogradContext* context, const FusedCall& call, at::TensorList list) {
    const auto inputs = list.vec();
    const auto given = from_list(inputs, call);
    auto [result, kept] = run(call, given, /*keep=*/true);
    variable_list outputs = {result.output};
    outputs.insert(outputs.end(), result.state.begin(), result.state.end());
    auto saved = inputs;
    saved.push_back(result.output);
    saved.insert(saved.end(), kept.begin(), kept.end());
    context->save_for_backward(saved);
    if (given.x.data.is_cuda()) context->set_materialize_grads(false);
    context->saved_data["cell"] = static_cast<int64_t>(call.cell->number);
    if (call.weights) context->saved_data["weights"] = c10::IValue::make_capsule(call.weights);
    if (call.ledger) context->saved_data["ledger"] = c10::IValue::make_capsule(call.ledger);
    context->saved_data["rows"] = call.rows;
    context->saved_data["reverse"] = call.reverse;
    context->saved_data["recompute"] = call.recompute;
    context->saved_data["bias"] = call.bias;
    context->saved_data["shares"] = call.shares;
    context->saved_data["gemm"] = static_cast<int64_t>(call.gemm);
    return outputs;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    auto& data = context->saved_data;
    FusedCall call{.cell = &all_cells().at(data["cell"].toInt()),
                   .weights = {},
                   .ledger = {},
                   .rows = data["rows"].toIntVector(),
                   .reverse = data["reverse"].toBool(),
                   .recompute = data["recompute"].toBool(),
                   .bias = data["bias"].toBool(),
                   .shares = data["shares"].toInt(),
                   .gemm = static_cast<at::ScalarType>(data["gemm"].toInt())};
    if (const auto found = data.find("weights"); found != data.end()) {
      call.weights = c10::static_intrusive_pointer_cast<cpu::PackedWeights>(found->second.toCapsule());
    }
    if (const auto found = data.find("ledger"); found != data.end()) {
      call.ledger = c10::static_intrusive_pointer_cast<cpu::GradientLedger>(found->second.toCapsule());
    }
    const auto saved = context->get_saved_variables();
    const auto output = saved.begin() + call.inputs();
    const variable_list inputs(saved.begin(), output);
    variable_list found = {Tensor()};  // of `call`
    const auto of_inputs = at::GradMode::is_enabled()
                               ? reference_gradient(call, inputs, defined(gradients, *output, call.rows.front()))
                               : fused_gradient(call, inputs, *output, {output + 1, saved.end()}, gradients,
                                                context->needs_input_grad(/*weight_ih*/ 1));
    found.insert(found.end(), of_inputs.begin(), of_inputs.end());
    return found;
  }

  /// What comes out, and what is kept for the backward pass.
  static std::pair<LayerResult, variable_list> run(const FusedCall& call, const Unpacked& given, bool keep) {
    if (given.x.data.is_cuda()) {
      auto [result, kept] = cuda_pass(call, given).forward(given.x.data, given.initial, keep);
      return {std::move(result), std::move(kept)};
    }
    auto [result, kept] = cpu_pass(call).forward(given.x.data, given.initial, keep);
    return {std::move(result), std::move(kept)};
  }

 private:
  static cpu::LayerPass cpu_pass(const FusedCall& call) {
    return {*call.cell, call.weights, call.rows, call.reverse, call.shares, call.recompute};
  }
  static cuda::LayerPass cuda_pass(const FusedCall& call, const Unpacked& given) {
    return {*call.cell,
            cuda::kernels_on_device(call.cell->number),
            given.parameters,
            call.rows,
            {.reverse = call.reverse, .gemm = call.gemm}};
  }

  /// The parameters' gradients are left to the ledger.
  static variable_list step_gradient(const FusedCall& call, const cpu::LayerPass::Past& past,
                                     const variable_list& gradients, cpu::GradientLedger& ledger) {
    const auto found = cpu_pass(call).backward(past, gradients, past.x.requires_grad(), &ledger);
    variable_list list(static_cast<size_t>(call.inputs()));
    list.front() = found.x;
    std::ranges::copy(found.initial, list.end() - static_cast<int64_t>(found.initial.size()));
    return list;
  }

  static variable_list fused_gradient(const FusedCall& call, const variable_list& inputs, const Tensor& output,
                                      variable_list kept, const variable_list& gradients, bool of_parameters) {
    const auto given = from_list(inputs, call);
    const auto& x = given.x.data;
    if (x.is_cuda()) {
      const auto found = cuda_pass(call, given).backward(x, kept, gradients, x.requires_grad());
      return to_list(found.parameters, found.x, found.initial);
    }
    const cpu::LayerPass::Past past{.x = x, .initial = given.initial, .output = output, .kept = std::move(kept)};
    if (call.ledger) {
      cpu::GradientLedger forgotten;
      return step_gradient(call, past, gradients, of_parameters ? *call.ledger : forgotten);
    }
    auto found = cpu_pass(call).backward(past, gradients, x.requires_grad());
    if (!call.bias) found.parameters.bias_ih = found.parameters.bias_hh = Tensor();
    return to_list(found.parameters, found.x, found.initial);
  }
};

}  // namespace

variable_list to_list(const LayerParameters& parameters, const Tensor& x, const std::vector<Tensor>& initial) {
  variable_list list = {x, parameters.weight_ih, parameters.weight_hh};
  if (parameters.bias_ih.defined()) list.insert(list.end(), {parameters.bias_ih, parameters.bias_hh});
  list.insert(list.end(), parameters.units.begin(), parameters.units.end());
  list.insert(list.end(), initial.begin(), initial.end());
  return list;
}

at::ScalarType gemm_type(torch::Device device) {
  if (!at::autocast::is_autocast_enabled(device.type())) return at::kFloat;
  const auto lower = at::autocast::get_autocast_dtype(device.type());
  return device.is_cuda() || lower == at::kBFloat16 ? lower : at::kFloat;
}

bool is_recorded(const variable_list& inputs) {
  return at::GradMode::is_enabled() &&
         std::ranges::any_of(inputs, [](const Tensor& input) { return input.requires_grad(); });
}

LayerResult run_fused_call(FusedCall call, const LayerParameters& parameters, const Tensor& x,
                           const std::vector<Tensor>& initial) {
  auto inputs = to_list(parameters, x, initial);
  for (auto& input : inputs) input = input.to(torch::kFloat32);  // where an operation under autocast made it
  call.bias = parameters.bias_ih.defined();
  call.gemm = gemm_type(x.device());
  if (call.weights) call.shares = cpu::LayerPass::best_shares(call.weights->shape(), call.rows);
  if (!is_recorded(inputs)) return FusedLayer::run(call, from_list(inputs, call), /*keep=*/false).first;
  auto outputs = FusedLayer::apply(call, at::TensorList(inputs));
  return {.output = std::move(outputs.front()), .state = {outputs.begin() + 1, outputs.end()}};
}

}  // namespace recur::engine
