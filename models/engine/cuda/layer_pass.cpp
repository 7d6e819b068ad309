#include "models/engine/cuda/layer_pass.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include <ATen/ops/addmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>
#include <c10/core/DeviceGuard.h>
#include <c10/core/impl/LocalDispatchKeySet.h>
#include <c10/core/impl/VirtualGuardImpl.h>

#include "models/engine/gate_use.h"

namespace recur::engine::cuda {
namespace {

using torch::Tensor;
using Tensors = std::vector<Tensor>;

float* data(const Tensor& tensor) {
  return tensor.numel() > 0 ? tensor.mutable_data_ptr<float>() : nullptr;
}
float* row_of(const Tensor& tensor, int64_t row) {
  return tensor.numel() > 0 ? tensor.mutable_data_ptr<float>() + row * tensor.size(1) : nullptr;
}
Tensor copy(const Tensor& tensor) {
  return tensor.detach().clone(at::MemoryFormat::Contiguous);
}

/// Launches go to the tensors' device, and autocast leaves our products alone.
class OnDeviceInFloat {
 public:
  explicit OnDeviceInFloat(const Tensor& x) : no_autocast_(c10::autocast_dispatch_keyset) {
    if (x.is_cuda()) device_.reset_device(x.device());
  }

 private:
  c10::OptionalDeviceGuard device_;
  c10::impl::ExcludeDispatchKeyGuard no_autocast_;
};

}  // namespace

LayerPass::LayerPass(const CellType& cell, StepKernels kernels, const LayerParameters& parameters,
                     std::vector<int64_t> rows, bool reverse)
    : cell_(cell),
      kernels_(kernels),
      rows_(std::move(rows)),
      offsets_(rows_.size()),
      reverse_(reverse),
      H_(parameters.weight_hh.size(1)),
      weight_ih_(parameters.weight_ih.detach()),
      weight_hh_(parameters.weight_hh.detach()),
      has_bias_(parameters.bias_ih.defined()) {
  std::exclusive_scan(rows_.begin(), rows_.end(), offsets_.begin(), int64_t{0});
  const auto use = use_of_gates(cell.program);
  apart_ = use.apart_count;
  bias_x_ = at::zeros({weight_hh_.size(0)}, weight_hh_.options());
  bias_h_ = at::zeros_like(bias_x_);
  if (has_bias_) {
    bias_x_.add_(parameters.bias_ih.detach());
    for (int gate = 0; gate < cell.program.gates; ++gate) {
      const bool is_apart =
          std::find(use.apart.begin(), use.apart.begin() + apart_, gate) != use.apart.begin() + apart_;
      (is_apart ? bias_h_ : bias_x_)
          .narrow(0, gate * H_, H_)
          .add_(parameters.bias_hh.detach().narrow(0, gate * H_, H_));
    }
  }
  for (const auto& unit : parameters.units) units_.push_back(unit.detach().contiguous());
}

std::array<const float*, kMostUnits> LayerPass::unit_pointers() const {
  std::array<const float*, kMostUnits> pointers{};
  for (size_t u = 0; u < units_.size(); ++u) pointers[u] = units_[u].const_data_ptr<float>();
  return pointers;
}

void* LayerPass::stream() const {
  if (!weight_hh_.is_cuda()) return nullptr;
  return c10::impl::VirtualGuardImpl(weight_hh_.device().type()).getStream(weight_hh_.device()).native_handle();
}

LayerPass::Forward LayerPass::forward(const Tensor& x, const Tensors& initial, bool keep) const {
  const OnDeviceInFloat scope(x);
  const int64_t N = x.size(0), H = H_;
  const auto options = x.options().requires_grad(false);
  const auto sums = at::addmm(bias_x_, x.detach(), weight_ih_.t());
  const auto products = at::empty({rows_.front(), gates() * H}, options);
  const auto apart = at::empty({keep ? N : 0, apart_ * H}, options), output = at::empty({N, H}, options);
  Tensors states, kept;
  for (const auto& state : initial) {
    states.push_back(copy(state));
    if (keep) kept.push_back(at::empty({N, H}, options));
  }
  const auto weight = weight_hh_.t();
  auto* const on = stream();
  for (size_t place = 0; place < rows_.size(); ++place) {
    const size_t t = reverse_ ? rows_.size() - 1 - place : place;
    const int64_t rows = rows_[t], first = offsets_[t];
    auto alive = products.narrow(0, 0, rows);
    at::addmm_out(alive, bias_h_, states[0].narrow(0, 0, rows), weight);
    StepForward step{.rows = rows,
                     .units = H,
                     .sums = row_of(sums, first),
                     .products = data(products),
                     .apart = row_of(apart, first),
                     .states = {},
                     .kept = {},
                     .unit_parameters = unit_pointers(),
                     .output = row_of(output, first)};
    for (size_t s = 0; s < states.size(); ++s) {
      step.states[s] = data(states[s]);
      if (keep) step.kept[s] = row_of(kept[s], first);
    }
    kernels_.forward(step, on);
  }
  kept.insert(kept.begin(), {sums, apart});
  return {.result = {.output = output, .state = std::move(states)}, .kept = std::move(kept)};
}

LayerPass::Gradients LayerPass::backward(const Tensor& x, const Tensors& kept, const Tensors& gradients,
                                         bool of_x) const {
  const OnDeviceInFloat scope(x);
  const int64_t N = x.size(0), H = H_, U = static_cast<int64_t>(units_.size());
  const auto options = x.options().requires_grad(false);
  const auto& sums = kept[0];
  const auto& apart = kept[1];
  const Tensors previous(kept.begin() + 2, kept.end());
  const auto output_gradient = gradients[0].detach().contiguous();
  Gradients found;
  for (size_t s = 0; s < previous.size(); ++s) found.initial.push_back(copy(gradients[1 + s]));
  const auto x_products = at::empty({N, gates() * H}, options);
  const auto h_products = apart_ > 0 ? at::empty_like(x_products) : x_products;
  const auto units = at::empty({N, U * H}, options);
  auto* const on = stream();
  for (size_t place = rows_.size(); place-- > 0;) {
    const size_t t = reverse_ ? rows_.size() - 1 - place : place;
    const int64_t rows = rows_[t], first = offsets_[t];
    StepBackward step{.rows = rows,
                      .units = H,
                      .sums = row_of(sums, first),
                      .apart = row_of(apart, first),
                      .previous = {},
                      .unit_parameters = unit_pointers(),
                      .output_gradient = row_of(output_gradient, first),
                      .state_gradient = {},
                      .of_x = row_of(x_products, first),
                      .of_h = row_of(h_products, first),
                      .of_units = row_of(units, first)};
    for (size_t s = 0; s < previous.size(); ++s) {
      step.previous[s] = row_of(previous[s], first);
      step.state_gradient[s] = data(found.initial[s]);
    }
    kernels_.backward(step, on);
    found.initial[0].narrow(0, 0, rows).addmm_(h_products.narrow(0, first, rows), weight_hh_);
  }
  auto& to = found.parameters;
  const auto plain = x.detach();
  to.weight_ih = x_products.t().mm(plain);
  to.weight_hh = h_products.t().mm(previous[0]);
  if (has_bias_) {
    to.bias_ih = x_products.sum(0);
    to.bias_hh = apart_ > 0 ? h_products.sum(0) : to.bias_ih.clone();
  }
  for (int64_t u = 0; u < U; ++u) to.units.push_back(units.narrow(1, u * H, H).sum(0));
  if (of_x) found.x = x_products.mm(weight_ih_);
  return found;
}

}  // namespace recur::engine::cuda
