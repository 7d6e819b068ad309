#include "models/engine/fused.h"

#include <utility>

#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include "models/engine/cell_type.h"
#include "models/engine/cpu/layer_pass.h"
#include "models/engine/gate_use.h"

namespace recur::engine {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// What does not change between forward and backward, and is no tensor.
struct Call {
  const CellType* cell = nullptr;
  std::vector<int64_t> rows;
  bool reverse = false, bias = true;

  /// Tensors in the list that autograd sees.
  int64_t inputs() const { return 3 + (bias ? 2 : 0) + static_cast<int64_t>(cell->units.size() + cell->states.size()); }
};

/// The layer's tensors in one list, as autograd wants them: x, weight_ih, weight_hh, bias_ih and bias_hh if there
/// are any, units, states.
variable_list to_list(const LayerParameters& parameters, const Tensor& x, const std::vector<Tensor>& initial) {
  variable_list list = {x, parameters.weight_ih, parameters.weight_hh};
  if (parameters.bias_ih.defined()) list.insert(list.end(), {parameters.bias_ih, parameters.bias_hh});
  list.insert(list.end(), parameters.units.begin(), parameters.units.end());
  list.insert(list.end(), initial.begin(), initial.end());
  return list;
}

struct Unpacked {
  LayerParameters parameters;
  PackedSequences x;
  std::vector<Tensor> initial;
};

Unpacked from_list(const variable_list& list, const Call& call) {
  const auto units = list.begin() + (call.bias ? 5 : 3), states = units + static_cast<int64_t>(call.cell->units.size());
  return {.parameters = {.weight_ih = list[1],
                         .weight_hh = list[2],
                         .bias_ih = call.bias ? list[3] : Tensor(),
                         .bias_hh = call.bias ? list[4] : Tensor(),
                         .units = {units, states}},
          .x = {.data = list[0], .rows = call.rows},
          .initial = {states, states + static_cast<int64_t>(call.cell->states.size())}};
}

/// The gradient by the reference engine, itself differentiable.
variable_list reference_gradient(const Call& call, const variable_list& inputs, const variable_list& gradients) {
  const auto given = from_list(inputs, call);
  const auto result = call.cell->run(given.parameters, given.x, given.initial, call.reverse);
  variable_list outputs = {result.output};
  outputs.insert(outputs.end(), result.state.begin(), result.state.end());
  variable_list wanted;
  for (const auto& input : inputs) {
    if (input.requires_grad()) wanted.push_back(input);
  }
  auto found = torch::autograd::grad(outputs, wanted, gradients, /*retain_graph=*/true, /*create_graph=*/true,
                                     /*allow_unused=*/true);
  variable_list all;
  size_t next = 0;
  for (const auto& input : inputs) {
    all.push_back(input.requires_grad() ? found[next++] : Tensor());
  }
  return all;
}

class FusedLayer : public torch::autograd::Function<FusedLayer> {
 public:
  static variable_list forward(AutogradContext* context, const Call& call, at::TensorList list) {
    const auto inputs = list.vec();
    const auto given = from_list(inputs, call);
    const cpu::LayerPass pass(cpu::LayerPass::Way::kForward, *call.cell, given.parameters, given.x.rows, call.reverse);
    auto [outputs, kept] = pass.forward(given.x.data, given.initial);
    auto saved = inputs;
    saved.insert(saved.end(), kept.begin(), kept.end());
    context->save_for_backward(saved);
    context->saved_data["cell"] = static_cast<int64_t>(call.cell->number);
    context->saved_data["rows"] = call.rows;
    context->saved_data["reverse"] = call.reverse;
    context->saved_data["bias"] = call.bias;
    return outputs;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const Call call{.cell = &all_cells().at(context->saved_data["cell"].toInt()),
                    .rows = context->saved_data["rows"].toIntVector(),
                    .reverse = context->saved_data["reverse"].toBool(),
                    .bias = context->saved_data["bias"].toBool()};
    auto saved = context->get_saved_variables();
    const auto inputs_end = saved.begin() + call.inputs();
    const variable_list inputs(saved.begin(), inputs_end), kept(inputs_end, saved.end());
    variable_list found = {Tensor()};  // of `call`
    const auto of_inputs = at::GradMode::is_enabled() ? reference_gradient(call, inputs, gradients)
                                                      : fused_gradient(call, inputs, kept, gradients);
    found.insert(found.end(), of_inputs.begin(), of_inputs.end());
    return found;
  }

 private:
  static variable_list fused_gradient(const Call& call, const variable_list& inputs, const variable_list& kept,
                                      const variable_list& gradients) {
    const auto given = from_list(inputs, call);
    const cpu::LayerPass pass(cpu::LayerPass::Way::kBackward, *call.cell, given.parameters, given.x.rows, call.reverse);
    const auto found = pass.backward(given.x.data, kept, gradients, given.x.data.requires_grad());
    return to_list(found.parameters, found.x, found.initial);
  }
};

bool is_plain(const Tensor& tensor) {
  return tensor.device().is_cpu() && tensor.scalar_type() == torch::kFloat32;
}

}  // namespace

bool can_fuse(const Program& program) {
  return use_of_gates(program).is_fusable;
}

bool can_fuse(const LayerParameters& parameters, const PackedSequences& x, const std::vector<Tensor>& initial) {
  for (const auto& tensor : to_list(parameters, x.data, initial)) {
    if (!is_plain(tensor)) return false;
  }
  return true;
}

LayerResult run_fused(const CellType& cell, const LayerParameters& parameters, const PackedSequences& x,
                      const std::vector<Tensor>& initial, bool reverse) {
  const auto inputs = to_list(parameters, x.data, initial);
  auto outputs =
      FusedLayer::apply(Call{.cell = &cell, .rows = x.rows, .reverse = reverse, .bias = parameters.bias_ih.defined()},
                        at::TensorList(inputs));
  return {.output = std::move(outputs.front()), .state = {outputs.begin() + 1, outputs.end()}};
}

}  // namespace recur::engine
