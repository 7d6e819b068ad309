#include "models/engine/cpu/layer_pass.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include <ATen/Parallel.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

#include "core/parallel.h"

namespace recur::engine::cpu {
namespace {

using torch::Tensor;
using Tensors = std::vector<Tensor>;

constexpr int kSums = 0, kApart = 1, kStates = 2;  // places in what is kept

void copy_rows(const Tensor& from, int64_t from_row, const Tensor& to, int64_t to_row, int64_t count) {
  const int64_t columns = to.size(1);
  std::copy_n(from.const_data_ptr<float>() + from_row * columns, count * columns,
              to.mutable_data_ptr<float>() + to_row * columns);
}

}  // namespace

LayerPass::LayerPass(Way way, const CellType& cell, const LayerParameters& parameters, std::vector<int64_t> rows,
                     bool reverse)
    : cell_(cell),
      use_(use_of_gates(cell.program)),
      kernels_(step_kernels(cell.number)),
      rows_(std::move(rows)),
      offsets_(rows_.size()),
      reverse_(reverse),
      H_(parameters.weight_hh.size(1)),
      blocks_((H_ + kBlock - 1) / kBlock),
      padded_(blocks_ * kBlock),
      parameters_(parameters) {
  std::exclusive_scan(rows_.begin(), rows_.end(), offsets_.begin(), int64_t{0});
  const auto* const summed = use_.summed.data();
  const auto* const apart = use_.apart.data();
  const auto both = [&](const Tensor& packed) {
    auto blocks = to_blocks(packed, summed, use_.summed_count);
    if (use_.apart_count == 0) return blocks;
    return at::cat({blocks, to_blocks(packed, apart, use_.apart_count)});
  };
  const auto weight_ih = both(parameters.weight_ih),
             weight_hh = to_blocks(parameters.weight_hh, summed, use_.summed_count);
  const bool forward = way == Way::kForward;
  input_ = Panels(forward ? weight_ih.t() : weight_ih);
  recurrent_ = Panels(forward ? weight_hh.t() : pad(weight_hh));
  if (use_.apart_count > 0) {
    const auto weight_apart = to_blocks(parameters.weight_hh, apart, use_.apart_count);
    recurrent_apart_ = Panels(forward ? weight_apart.t() : pad(weight_apart));
  }
  const auto zeros = [&](int64_t columns) { return at::zeros({columns}, weight_ih.options()); };
  bias_ = zeros(summed_columns() + apart_columns());
  bias_apart_ = zeros(apart_columns());
  if (parameters.bias_ih.defined()) {
    bias_ = both(parameters.bias_ih);
    bias_.narrow(0, 0, summed_columns()).add_(to_blocks(parameters.bias_hh, summed, use_.summed_count));
    if (use_.apart_count > 0) bias_apart_ = to_blocks(parameters.bias_hh, apart, use_.apart_count);
  }
  for (const auto& unit : parameters.units) units_.push_back(pad(unit.detach().unsqueeze(0)).squeeze(0).contiguous());
}

Tensor LayerPass::to_blocks(const Tensor& packed, const int8_t* gates, int count) const {
  const auto by_gate = packed.detach().reshape({-1, H_, packed.dim() == 2 ? packed.size(1) : 1});
  Tensors chosen;
  for (int k = 0; k < count; ++k) chosen.push_back(by_gate[gates[k]]);
  auto rows = at::stack(chosen);  // [count, H, D]
  if (padded_ != H_) rows = at::constant_pad_nd(rows, {0, 0, 0, padded_ - H_});
  rows = rows.view({count, blocks_, kBlock, rows.size(2)}).transpose(0, 1).reshape({-1, rows.size(2)});
  return packed.dim() == 2 ? rows : rows.squeeze(1);
}

void LayerPass::from_blocks(const Tensor& blocks, const int8_t* gates, int count, const Tensor& packed) const {
  const auto by_gate = blocks.reshape({blocks_, count, kBlock, -1}).transpose(0, 1).reshape({count, padded_, -1});
  const auto to = packed.view({-1, H_, packed.dim() == 2 ? packed.size(1) : 1});
  for (int k = 0; k < count; ++k) to[gates[k]].copy_(by_gate[k].narrow(0, 0, H_));
}

Tensor LayerPass::pad(const Tensor& states) const {
  const auto plain = states.detach();
  return (padded_ == H_ ? plain : at::constant_pad_nd(plain, {0, padded_ - H_})).contiguous();
}

Tensor LayerPass::unpad(const Tensor& states) const {
  return padded_ == H_ ? states : states.narrow(1, 0, H_).contiguous();
}

// Threads take sequences, and each runs through time on its own: no barrier between steps.
std::vector<LayerPass::Part> LayerPass::parts() const {
  const int64_t B = rows_.front();
  const int64_t tokens = offsets_.back() + rows_.back();
  constexpr int64_t kWorthAThread = 1 << 20;  // multiplications
  const int64_t wanted =
      std::min<int64_t>({at::get_num_threads(), B, 1 + tokens * summed_columns() * H_ / kWorthAThread});
  std::vector<Part> parts;
  int64_t first = 0, taken = 0;
  // Sequence b is as long as the steps at which more than b are alive.  Shares of equal numbers of tokens.
  int64_t length = steps();
  for (int64_t b = 0; b < B; ++b) {
    while (rows_[length - 1] <= b) --length;
    taken += length;
    const auto part = static_cast<int64_t>(parts.size()) + 1;
    if (b + 1 == B || (part < wanted && taken * wanted >= tokens * part)) {
      parts.push_back({first, b + 1});
      first = b + 1;
    }
  }
  return parts;
}

LayerPass::Alive LayerPass::alive(const Part& part, int64_t step) const {
  return {offsets_[step] + part.first, std::max<int64_t>(0, std::min(part.last, rows_[step]) - part.first)};
}

StepRows LayerPass::step_rows(const Tensors& kept, int64_t row, int64_t count) const {
  StepRows in{.rows = count,
              .blocks = blocks_,
              .last_units = H_ - (blocks_ - 1) * kBlock,
              .sums = kept[kSums].const_data_ptr<float>() + row * kept[kSums].size(1),
              .sums_stride = kept[kSums].size(1),
              .apart = kept[kApart].const_data_ptr<float>() + row * apart_columns(),
              .apart_stride = apart_columns(),
              .bias = bias_.const_data_ptr<float>(),
              .apart_bias = bias_apart_.const_data_ptr<float>(),
              .previous = {},
              .state_stride = padded_,
              .units = {}};
  for (size_t s = 0; s < cell_.states.size(); ++s) {
    in.previous[s] = kept[kStates + s].const_data_ptr<float>() + row * padded_;
  }
  for (size_t u = 0; u < units_.size(); ++u) in.units[u] = units_[u].const_data_ptr<float>();
  return in;
}

LayerPass::Forward LayerPass::forward(const Tensor& x, const Tensors& initial) const {
  const int64_t N = x.size(0), B = rows_.front();
  const auto plain = x.detach().contiguous();
  Forward result;
  result.kept.push_back(input_.multiply(plain));
  result.kept.push_back(at::zeros({N, apart_columns()}, plain.options()));
  Tensors last, start;
  for (const auto& state : initial) {
    start.push_back(pad(state));
    result.kept.push_back(at::empty({N, padded_}, plain.options()));
    last.push_back(at::empty({B, padded_}, plain.options()));
  }
  const auto output = at::empty({N, padded_}, plain.options());
  const auto shares = parts();
  parallel_for_each(static_cast<int64_t>(shares.size()),
                    [&](int64_t k) { run(shares[k], start, result.kept, output, last); });
  result.outputs.push_back(unpad(output));
  for (const auto& state : last) result.outputs.push_back(unpad(state));
  return result;
}

void LayerPass::run(const Part& part, const Tensors& initial, const Tensors& kept, const Tensor& output,
                    const Tensors& last) const {
  const size_t S = initial.size();
  const int64_t columns = kept[kSums].size(1);
  auto* const sums = kept[kSums].mutable_data_ptr<float>();
  auto* const apart = kept[kApart].mutable_data_ptr<float>();
  int64_t known = 0;  // sequences whose state before the coming step is in place
  for (int64_t place = 0; place < steps(); ++place) {
    const auto [row, count] = alive(part, step_at(place));
    for (size_t s = 0; s < S; ++s) {  // those that begin here
      if (count > known) copy_rows(initial[s], part.first + known, kept[kStates + s], row + known, count - known);
    }
    if (count == 0) {
      known = 0;
      continue;
    }
    const auto* const h = kept[kStates].const_data_ptr<float>() + row * padded_;
    recurrent_.multiply(count, h, padded_, sums + row * columns, columns, /*add=*/true);
    if (use_.apart_count > 0) {
      recurrent_apart_.multiply(count, h, padded_, apart + row * apart_columns(), apart_columns(), /*add=*/true);
    }

    // The new states are the old ones of the next step where a sequence goes on, and its last where it ends.
    Alive next{0, 0};
    if (place + 1 < steps()) next = alive(part, step_at(place + 1));
    const int64_t going_on = std::min(count, next.count);
    const auto step = [&](int64_t first, int64_t number, auto&& state_to) {
      if (number == 0) return;
      StepForward forward{.in = step_rows(kept, row + first, number), .next = {}, .output = nullptr};
      for (size_t s = 0; s < S; ++s) forward.next[s] = state_to(s);
      forward.output = output.mutable_data_ptr<float>() + (row + first) * padded_;
      kernels_.forward(forward);
    };
    step(0, going_on, [&](size_t s) { return kept[kStates + s].mutable_data_ptr<float>() + next.row * padded_; });
    step(going_on, count - going_on,
         [&](size_t s) { return last[s].mutable_data_ptr<float>() + (part.first + going_on) * padded_; });
    known = going_on;
  }
}

LayerPass::Gradients LayerPass::backward(const Tensor& x, const Tensors& kept, const Tensors& gradients,
                                         bool of_x) const {
  const size_t S = cell_.states.size(), U = units_.size();
  const auto plain = x.detach().contiguous();
  const auto output_gradient = pad(gradients.front());
  Tensors state_gradients;
  for (size_t s = 0; s < S; ++s) {
    state_gradients.push_back(pad(gradients[1 + s]).clone());  // changed in place
  }
  const auto sums_gradient = at::empty_like(kept[kSums]), apart_gradient = at::empty_like(kept[kApart]);
  const auto shares = parts();
  const auto number = static_cast<int64_t>(shares.size());
  const auto units_gradient = at::zeros({number, static_cast<int64_t>(U), padded_}, plain.options());
  parallel_for_each(number, [&](int64_t k) {
    run_back(shares[k], kept, output_gradient, state_gradients, sums_gradient, apart_gradient, units_gradient[k]);
  });

  // Products over all steps at once.
  Gradients found;
  const auto& before = kept[kStates];  // h before each step
  const auto summed = sums_gradient.narrow(1, 0, summed_columns());
  auto& to = found.parameters;
  const auto transposed = sums_gradient.t();
  const auto blocks_ih = at::mm(transposed, plain);
  const auto blocks_hh = unpad(at::mm(summed.t(), before));
  to.weight_ih = at::empty_like(parameters_.weight_ih, at::MemoryFormat::Contiguous);
  to.weight_hh = at::empty_like(parameters_.weight_hh, at::MemoryFormat::Contiguous);
  const auto *const sum_gates = use_.summed.data(), *const apart_gates = use_.apart.data();
  from_blocks(blocks_ih.narrow(0, 0, summed_columns()), sum_gates, use_.summed_count, to.weight_ih);
  from_blocks(blocks_hh, sum_gates, use_.summed_count, to.weight_hh);
  if (use_.apart_count > 0) {
    from_blocks(blocks_ih.narrow(0, summed_columns(), apart_columns()), apart_gates, use_.apart_count, to.weight_ih);
    from_blocks(unpad(at::mm(apart_gradient.t(), before)), apart_gates, use_.apart_count, to.weight_hh);
  }
  if (parameters_.bias_ih.defined()) {
    to.bias_ih = at::empty_like(parameters_.bias_ih, at::MemoryFormat::Contiguous);
    const auto sum = sums_gradient.sum(0);
    from_blocks(sum.narrow(0, 0, summed_columns()), sum_gates, use_.summed_count, to.bias_ih);
    if (use_.apart_count > 0) {
      from_blocks(sum.narrow(0, summed_columns(), apart_columns()), apart_gates, use_.apart_count, to.bias_ih);
    }
    to.bias_hh = to.bias_ih.clone();
    if (use_.apart_count > 0) from_blocks(apart_gradient.sum(0), apart_gates, use_.apart_count, to.bias_hh);
  }
  for (size_t u = 0; u < U; ++u) {
    to.units.push_back(units_gradient.select(1, static_cast<int64_t>(u)).sum(0).narrow(0, 0, H_).clone());
  }
  if (of_x) found.x = input_.multiply(sums_gradient);
  for (const auto& state : state_gradients) found.initial.push_back(unpad(state));
  return found;
}

void LayerPass::run_back(const Part& part, const Tensors& kept, const Tensor& output_gradient,
                         const Tensors& state_gradients, const Tensor& sums_gradient, const Tensor& apart_gradient,
                         const Tensor& units_gradient) const {
  const int64_t columns = sums_gradient.size(1);
  for (int64_t place = steps() - 1; place >= 0; --place) {
    const auto [row, count] = alive(part, step_at(place));
    if (count == 0) continue;
    StepBackward step{.in = step_rows(kept, row, count),
                      .output_gradient = output_gradient.const_data_ptr<float>() + row * padded_,
                      .state_gradient = {},
                      .sums_gradient = sums_gradient.mutable_data_ptr<float>() + row * columns,
                      .apart_gradient = apart_gradient.mutable_data_ptr<float>() + row * apart_columns(),
                      .units_gradient = {}};
    for (size_t s = 0; s < state_gradients.size(); ++s) {
      step.state_gradient[s] = state_gradients[s].mutable_data_ptr<float>() + part.first * padded_;
    }
    for (size_t u = 0; u < units_.size(); ++u) {
      step.units_gradient[u] = units_gradient.mutable_data_ptr<float>() + static_cast<int64_t>(u) * padded_;
    }
    kernels_.backward(step);
    recurrent_.multiply(count, step.sums_gradient, columns, step.state_gradient[0], padded_, /*add=*/true);
    if (use_.apart_count > 0) {
      recurrent_apart_.multiply(count, step.apart_gradient, apart_columns(), step.state_gradient[0], padded_,
                                /*add=*/true);
    }
  }
}

}  // namespace recur::engine::cpu
