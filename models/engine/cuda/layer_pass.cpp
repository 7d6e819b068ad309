#include "models/engine/cuda/layer_pass.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include <ATen/ops/addmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>
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

/// Clocks of a step by a GEMM of so many multiplications and a kernel: two launches, and the GEMM at 0.7 of its rate.
double clocks_of_step(double operations, const Capacity& capacity) {
  constexpr double kLaunches = 35000, kLanes = 128, kShare = 0.7;
  return kLaunches + operations / (kShare * kLanes * capacity.blocks);
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

#ifdef RECUR_CUDA
bool has_device_kernels() {
  return true;
}
Kernels kernels_on_device(size_t cell) {
  return {.step = device_kernels(cell), .persistent = persistent_kernels(cell), .capacity = &capacity_of_device};
}
#else
bool has_device_kernels() {
  return false;
}
Kernels kernels_on_device(size_t /*cell*/) {
  return {};
}
#endif

LayerPass::LayerPass(const CellType& cell, Kernels kernels, const LayerParameters& parameters,
                     std::vector<int64_t> rows, Options options)
    : kernels_(kernels),
      rows_(std::move(rows)),
      offsets_(rows_.size()),
      options_(options),
      H_(parameters.weight_hh.size(1)),
      widths_{.gates = cell.program.gates,
              .apart = use_of_gates(cell.program).apart_count,
              .units = static_cast<int>(parameters.units.size())},
      weight_ih_(parameters.weight_ih.detach()),
      weight_hh_(parameters.weight_hh.detach()) {
  std::exclusive_scan(rows_.begin(), rows_.end(), offsets_.begin(), int64_t{0});
  if (parameters.bias_ih.defined()) {
    bias_ih_ = parameters.bias_ih.detach().contiguous();
    bias_hh_ = parameters.bias_hh.detach().contiguous();
  }
  for (const auto& unit : parameters.units) units_.push_back(unit.detach().contiguous());
}

std::array<const float*, kMostUnits> LayerPass::unit_pointers() const {
  std::array<const float*, kMostUnits> pointers{};
  for (size_t u = 0; u < units_.size(); ++u) pointers[u] = units_[u].const_data_ptr<float>();
  return pointers;
}

Tensor LayerPass::product(const Tensor& a, const Tensor& b) const {
  return options_.gemm == at::kFloat ? at::mm(a, b) : at::mm(a, b, at::kFloat);
}

void* LayerPass::stream() const {
  if (!weight_hh_.is_cuda()) return nullptr;
  return c10::impl::VirtualGuardImpl(weight_hh_.device().type()).getStream(weight_hh_.device()).native_handle();
}

std::optional<Spread> LayerPass::find_spread(int64_t depth, int64_t per_unit) const {
  constexpr size_t kFewestSteps = 4;  // fewer are not worth the weights' way into shared memory
  if (options_.way == Way::kSteps || kernels_.persistent.forward == nullptr) return std::nullopt;
  const auto capacity = kernels_.capacity();
  const auto spread = cuda::find_spread(capacity, rows_.front(), H_, depth, per_unit);
  if (!spread || options_.way == Way::kPersistent) return spread;
  const double operations = static_cast<double>(rows_.front() * H_ * depth * per_unit);
  const bool is_quicker = spread->clocks < clocks_of_step(operations, capacity);
  return rows_.size() >= kFewestSteps && is_quicker ? spread : std::nullopt;
}

template <class Run>
void LayerPass::persist(const Spread& spread, int64_t depth, const Tensors& given, Run run) const {
  const auto options = weight_hh_.options().requires_grad(false);
  const auto B = rows_.front(), T = static_cast<int64_t>(rows_.size());
  const auto weight = weight_hh_.contiguous();
  Course course{.steps = T, .batch = B, .reverse = options_.reverse, .weight = weight.const_data_ptr<float>()};
  for (size_t s = 0; s < given.size(); ++s) {
    if (given[s].defined()) course.given[s] = given[s].const_data_ptr<float>();
  }
  Tensor rows, exchange, published;
  if (!spread.is_cluster) {
    exchange = spread.depth == depth ? at::empty({2, B, depth}, options) : at::zeros({2, B, spread.depth}, options);
    if (depth == H_ && given.front().defined()) exchange.narrow(2, 0, depth).copy_(given.front());
    published = at::zeros({spread.groups, Course::kMostBlocks}, options.dtype(at::kInt));
    course.exchange = data(exchange);
    course.published = reinterpret_cast<unsigned*>(published.mutable_data_ptr<int>());
  }
  if (rows_.back() != B) {
    const auto both = at::empty({2, T}, at::kLong);
    std::copy(rows_.begin(), rows_.end(), both.mutable_data_ptr<int64_t>());
    std::copy(offsets_.begin(), offsets_.end(), both.mutable_data_ptr<int64_t>() + T);
    rows = both.to(weight_hh_.device());
    course.rows = rows.const_data_ptr<int64_t>();
  }
  run(course);
}

template <class Run>
void LayerPass::for_each_step(bool backward, Run run) const {
  for (size_t place = 0; place < rows_.size(); ++place) {
    const size_t t = options_.reverse != backward ? rows_.size() - 1 - place : place;
    run(offsets_[t], rows_[t]);
  }
}

Tensors LayerPass::run_forward(StepForward whole, const Tensors& initial) const {
  const auto spread = find_spread(H_, widths_.gates);
  Tensors given, states;
  for (size_t s = 0; s < initial.size(); ++s) {
    given.push_back(initial[s].detach().contiguous());
    states.push_back(spread ? at::empty_like(given[s]) : given[s].clone());
    whole.states[s] = data(states[s]);
  }
  if (spread) {
    persist(*spread, H_, given,
            [&](const Course& course) { kernels_.persistent.forward(course, *spread, whole, stream()); });
    return states;
  }
  const auto products = at::empty({rows_.front(), widths_.gates * H_}, weight_hh_.options().requires_grad(false));
  const auto weight = factor(weight_hh_).t();
  auto* const on = stream();
  for_each_step(/*backward=*/false, [&](int64_t first, int64_t rows) {
    auto alive = products.narrow(0, 0, rows);
    const auto h = states[0].narrow(0, 0, rows);
    if (options_.gemm == at::kFloat) {
      at::mm_out(alive, h, weight);
    } else {
      at::mm_out(alive, factor(h), weight, at::kFloat);
    }
    auto step = whole.at_row(first, widths_);
    step.rows = rows;
    step.products = data(products);
    kernels_.step.forward(step, on);
  });
  return states;
}

Tensors LayerPass::run_backward(StepBackward whole, const Tensor& h_products, const Tensors& of_last) const {
  const auto spread = find_spread(widths_.gates * H_, 1);
  const auto options = weight_hh_.options().requires_grad(false);
  Tensors given, found;
  for (size_t s = 0; s < of_last.size(); ++s) {
    given.push_back(of_last[s].defined() ? of_last[s].detach().contiguous() : Tensor());
    found.push_back(spread               ? at::empty({rows_.front(), H_}, options)
                    : given[s].defined() ? given[s].clone()
                                         : at::zeros({rows_.front(), H_}, options));
    whole.state_gradient[s] = data(found[s]);
  }
  if (spread) {
    persist(*spread, widths_.gates * H_, given,
            [&](const Course& course) { kernels_.persistent.backward(course, *spread, whole, stream()); });
    return found;
  }
  const auto weight = factor(weight_hh_);
  auto* const on = stream();
  for_each_step(/*backward=*/true, [&](int64_t first, int64_t rows) {
    auto step = whole.at_row(first, widths_);
    step.rows = rows;
    kernels_.step.backward(step, on);
    auto of_h = found[0].narrow(0, 0, rows);
    if (options_.gemm == at::kFloat) {
      of_h.addmm_(h_products.narrow(0, first, rows), weight);
    } else {
      of_h.add_(product(factor(h_products.narrow(0, first, rows)), weight));
    }
  });
  return found;
}

Tensor LayerPass::input_product(const Tensor& x) const {
  if (!bias_ih_.defined()) return product(factor(x), factor(weight_ih_).t());
  if (options_.gemm == at::kFloat) return at::addmm(bias_ih_, x, weight_ih_.t());
  return product(factor(x), factor(weight_ih_).t()).add_(bias_ih_);
}

LayerPass::Forward LayerPass::forward(const Tensor& x, const Tensors& initial, bool keep) const {
  const OnDeviceInFloat scope(x);
  const int64_t N = x.size(0), H = H_;
  const auto options = x.options().requires_grad(false);
  const auto sums = input_product(x.detach());
  const auto apart = at::empty({keep ? N : 0, widths_.apart * H}, options), output = at::empty({N, H}, options);
  Tensors kept;
  for (size_t s = 0; keep && s < initial.size(); ++s) kept.push_back(at::empty({N, H}, options));
  StepForward whole{.units = H,
                    .sums = data(sums),
                    .bias_h = bias_hh_.defined() ? bias_hh_.const_data_ptr<float>() : nullptr,
                    .apart = data(apart),
                    .unit_parameters = unit_pointers(),
                    .output = data(output)};
  for (size_t s = 0; s < kept.size(); ++s) whole.kept[s] = data(kept[s]);
  auto states = run_forward(whole, initial);
  kept.insert(kept.begin(), {sums, apart});
  return {.result = {.output = output, .state = std::move(states)}, .kept = std::move(kept)};
}

LayerPass::Gradients LayerPass::backward(const Tensor& x, const Tensors& kept, const Tensors& gradients,
                                         bool of_x) const {
  const OnDeviceInFloat scope(x);
  const int64_t N = x.size(0), H = H_, U = widths_.units;
  const auto options = x.options().requires_grad(false);
  const Tensors previous(kept.begin() + 2, kept.end());
  const auto output_gradient = gradients[0].defined() ? gradients[0].detach().contiguous() : Tensor();
  Gradients found;
  const auto x_products = at::empty({N, widths_.gates * H}, options);
  const auto h_products = widths_.apart > 0 ? at::empty_like(x_products) : x_products;
  const auto units = at::empty({N, U * H}, options);
  StepBackward whole{.units = H,
                     .sums = data(kept[0]),
                     .apart = data(kept[1]),
                     .unit_parameters = unit_pointers(),
                     .output_gradient = output_gradient.defined() ? data(output_gradient) : nullptr,
                     .of_x = data(x_products),
                     .of_h = data(h_products),
                     .of_units = data(units)};
  for (size_t s = 0; s < previous.size(); ++s) whole.previous[s] = data(previous[s]);
  found.initial = run_backward(whole, h_products, {gradients.begin() + 1, gradients.end()});
  auto& to = found.parameters;
  const auto x_factor = factor(x_products), h_factor = widths_.apart > 0 ? factor(h_products) : x_factor;
  to.weight_ih = product(x_factor.t(), factor(x.detach()));
  to.weight_hh = product(h_factor.t(), factor(previous[0]));
  if (bias_ih_.defined()) {
    to.bias_ih = x_products.sum(0);
    to.bias_hh = widths_.apart > 0 ? h_products.sum(0) : to.bias_ih.clone();
  }
  for (int64_t u = 0; u < U; ++u) to.units.push_back(units.narrow(1, u * H, H).sum(0));
  if (of_x) found.x = product(x_factor, factor(weight_ih_));
  return found;
}

}  // namespace recur::engine::cuda
