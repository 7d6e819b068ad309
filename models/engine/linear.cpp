#include "models/engine/linear.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/custom_function.h>

#include "models/engine/cpu/linear_rows.h"
#include "models/engine/differentiable_gradient.h"

namespace recur::engine {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr int64_t kFewestRows = 96;  // below it the weights' packing costs more than the quicker product saves

/// Inputs are x [N, D], the weight and, if there is one, the bias, all contiguous.
class Linear : public torch::autograd::Function<Linear> {
 public:
  static Tensor forward(AutogradContext* context, at::TensorList list) {
    const auto &x = list[0], &weight = list[1];
    const auto bias = list.size() > 2 ? list[2] : Tensor();
    context->save_for_backward(list.vec());
    const auto y = at::empty({x.size(0), weight.size(0)}, x.options());
    cpu::linear_rows(shape_of(x, weight), x.const_data_ptr<float>(), weight.const_data_ptr<float>(),
                     bias.defined() ? bias.const_data_ptr<float>() : nullptr, y.mutable_data_ptr<float>());
    return y;
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    if (at::GradMode::is_enabled()) {
      return differentiable_gradient(saved, gradients, [](const variable_list& inputs) -> variable_list {
        return {at::linear(inputs[0], inputs[1], inputs.size() > 2 ? inputs[2] : Tensor())};
      });
    }
    const auto &x = saved[0], &weight = saved[1];
    const auto shape = shape_of(x, weight);
    const auto of_y = gradients[0].contiguous();
    variable_list found(saved.size());
    if (context->needs_input_grad(0)) {
      found[0] = at::empty(x.sizes(), x.options());
      cpu::linear_input_gradient(shape, of_y.const_data_ptr<float>(), weight.const_data_ptr<float>(),
                                 found[0].mutable_data_ptr<float>());
    }
    if (context->needs_input_grad(1)) {
      found[1] = at::zeros_like(weight);
      if (saved.size() > 2) found[2] = at::zeros_like(saved[2]);
      cpu::linear_weight_gradient(shape, of_y.const_data_ptr<float>(), x.const_data_ptr<float>(),
                                  found[1].mutable_data_ptr<float>(),
                                  saved.size() > 2 ? found[2].mutable_data_ptr<float>() : nullptr);
    } else if (saved.size() > 2) {
      found[2] = of_y.sum(0);
    }
    return found;
  }

 private:
  static cpu::LinearShape shape_of(const Tensor& x, const Tensor& weight) {
    return {.N = x.size(0), .D = x.size(1), .V = weight.size(0)};
  }
};

}  // namespace

Tensor linear(const Tensor& x, const Tensor& weight, const Tensor& bias) {
  const auto is_fast = [](const Tensor& t) { return t.is_cpu() && t.scalar_type() == torch::kFloat32; };
  const bool fits = x.dim() > 1 && weight.dim() == 2 && x.size(-1) == weight.size(1) && x.size(-1) > 0 &&
                    x.numel() / x.size(-1) >= kFewestRows && weight.size(0) > 1;
  if (!fits || !is_fast(x) || !is_fast(weight) || (bias.defined() && !is_fast(bias))) {
    return at::linear(x, weight, bias);
  }
  variable_list list = {x.flatten(0, -2).contiguous(), weight.contiguous()};
  if (bias.defined()) list.push_back(bias.contiguous());
  auto sizes = x.sizes().vec();
  sizes.back() = weight.size(0);
  return Linear::apply(at::TensorList(list)).view(sizes);
}

}  // namespace recur::engine
