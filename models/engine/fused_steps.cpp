#include <utility>

#include <torch/csrc/autograd/custom_function.h>

#include "models/engine/fused.h"
#include "models/engine/fused_layer.h"

namespace recur::engine {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Stand-ins for a layer's parameters, through which their gradients come from a ledger.
class StandIns : public torch::autograd::Function<StandIns> {
 public:
  static variable_list forward(AutogradContext* context, const cpu::PackedWeightsPtr& weights,
                               const c10::intrusive_ptr<cpu::GradientLedger>& ledger, at::TensorList parameters) {
    context->set_materialize_grads(false);
    context->saved_data["weights"] = c10::IValue::make_capsule(weights);
    context->saved_data["ledger"] = c10::IValue::make_capsule(ledger);
    context->saved_data["options"] = parameters.front().detach();
    variable_list stand_ins;
    for (const auto& parameter : parameters) stand_ins.push_back(parameter.detach());
    return stand_ins;
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    auto& data = context->saved_data;
    const auto ledger = c10::static_intrusive_pointer_cast<cpu::GradientLedger>(data["ledger"].toCapsule());
    const auto weights = c10::static_intrusive_pointer_cast<cpu::PackedWeights>(data["weights"].toCapsule());
    variable_list all = {Tensor(), Tensor()};  // of weights and ledger
    if (!ledger->is_empty()) {
      const auto noted = ledger->settle(*weights, data["options"].toTensor().options());
      const bool bias = gradients.size() > 2 + noted.units.size();
      variable_list found = {noted.weight_ih, noted.weight_hh};
      if (bias) found.insert(found.end(), {noted.bias_ih, noted.bias_hh});
      found.insert(found.end(), noted.units.begin(), noted.units.end());
      for (size_t k = 0; k < gradients.size(); ++k) {
        gradients[k] = gradients[k].defined() ? gradients[k] + found[k] : found[k];
      }
    }
    all.insert(all.end(), gradients.begin(), gradients.end());
    return all;
  }
};

}  // namespace

FusedSteps::FusedSteps(const CellType& cell, const LayerParameters& parameters, WeightCache& cache)
    : cell_(cell), parameters_(parameters) {
  if (!parameters.weight_ih.is_cpu()) return;
  weights_ = cache.packed(cell, parameters, gemm_type(at::kCPU));
  auto list = to_list(parameters, {}, {});
  list.erase(list.begin());
  if (!is_recorded(list)) return;
  ledger_ = c10::make_intrusive<cpu::GradientLedger>();
  auto stand_ins = StandIns::apply(weights_, ledger_, at::TensorList(list));
  size_t next = 0;
  parameters_.weight_ih = stand_ins[next++];
  parameters_.weight_hh = stand_ins[next++];
  if (parameters.bias_ih.defined()) {
    parameters_.bias_ih = stand_ins[next++];
    parameters_.bias_hh = stand_ins[next++];
  }
  parameters_.units.assign(stand_ins.begin() + static_cast<int64_t>(next), stand_ins.end());
}

std::vector<Tensor> FusedSteps::step(const Tensor& x, const std::vector<Tensor>& state) {
  FusedCall call{.cell = &cell_, .weights = weights_, .ledger = ledger_, .rows = {x.size(0)}};
  return run_fused_call(std::move(call), parameters_, x, state).state;
}

}  // namespace recur::engine
