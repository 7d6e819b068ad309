#include <algorithm>
#include <utility>

#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include "models/engine/cpu/floats.h"
#include "models/engine/cpu/layer_pass.h"
#include "models/engine/cpu/weight_gradients.h"

namespace recur::engine::cpu {

using torch::Tensor;
using Tensors = std::vector<Tensor>;

namespace {

constexpr int64_t kRowsOfX = 192;  // whose gradients are computed at a time

}  // namespace

struct LayerPass::RunBack {
  const Tensors& kept;
  Tensor x, output, output_gradient, x_gradient;
  Tensors initial, state_gradients;         // [B, H], [B, padded]
  Tensors sums_gradients, apart_gradients;  // of each share [tokens, columns]
  Tensors units_gradients;                  // of each share [units, padded]
  Tensor argument_gradient;                 // [B, padded] of one step
};

/// With room for what will be found.
LayerPass::RunBack LayerPass::start_back(const Past& past, const Tensors& gradients, bool of_x) const {
  const auto units = static_cast<int64_t>(weights_->forward().units.size());
  RunBack run{.kept = past.kept,
              .x = past.x.detach().contiguous(),
              .output = past.output.detach().contiguous(),
              .output_gradient = gradients[0].detach().contiguous(),
              .x_gradient = {},
              .initial = {},
              .state_gradients = {},
              .sums_gradients = {},
              .apart_gradients = {},
              .units_gradients = {},
              .argument_gradient = {}};
  for (const auto& state : past.initial) run.initial.push_back(state.detach().contiguous());
  const auto options = run.x.options();
  for (size_t s = 0; s < cell_.states.size(); ++s) {
    auto padded = at::zeros({batch_, shape_.padded()}, options);
    padded.narrow(1, 0, shape_.H).copy_(gradients[1 + s].detach());
    run.state_gradients.push_back(std::move(padded));
  }
  for (const auto& share : shares_) {
    run.sums_gradients.push_back(at::empty({share.tokens(), shape_.columns()}, options));
    run.apart_gradients.push_back(at::empty({share.tokens(), shape_.apart_columns()}, options));
    run.units_gradients.push_back(at::zeros({units, shape_.padded()}, options));
  }
  if (of_x) run.x_gradient = at::empty_like(run.x);
  if (has_late_gates()) run.argument_gradient = at::zeros({batch_, shape_.padded()}, options);
  return run;
}

LayerPass::Gradients LayerPass::backward(const Past& past, const Tensors& gradients, bool of_x,
                                         GradientLedger* ledger) const {
  weights_->backward();  // packed here, by all threads' leave
  const auto run = start_back(past, gradients, of_x);
  run_shares([&](size_t share, int64_t rank, Gang& gang) {
    run_back(run, share, rank, gang);
    if (of_x) input_gradient(run, share, rank, gang);
  });

  Gradients found{.parameters = {}, .x = run.x_gradient, .initial = {}};
  if (ledger != nullptr) {
    GradientLedger::Entry entry{.rows = gradient_rows(run), .units = unit_gradients(run), .alive = run.sums_gradients};
    entry.alive.insert(entry.alive.end(), run.apart_gradients.begin(), run.apart_gradients.end());
    entry.alive.insert(entry.alive.end(), {run.x, run.output, run.initial[0]});
    entry.alive.insert(entry.alive.end(), run.kept.begin(), run.kept.end());
    ledger->note(std::move(entry));
  } else {
    found.parameters = weight_gradients(*weights_, gradient_rows(run), run.x.options());
    found.parameters.units = unit_gradients(run);
  }
  for (const auto& state : run.state_gradients) found.initial.push_back(state.narrow(1, 0, shape_.H).contiguous());
  return found;
}

/// h before step k, [count, H]: of the step before it, or where a sequence begins its initial one.
const float* LayerPass::before_step(const RunBack& run, const SubBatch& share, size_t k, Scratch& scratch) const {
  const int64_t H = shape_.H, count = share.steps()[k].count, going_on = share.going_on(k);
  const auto* const outputs = k == 0 ? nullptr : data(run.output) + share.steps()[k - 1].packed * H;
  const auto* const initial = data(run.initial[0]) + share.first() * H;
  if (going_on == count) return outputs;
  if (going_on == 0) return initial;
  float* const both = scratch.reserve(count * H);
  std::copy_n(outputs, going_on * H, both);
  std::copy_n(initial + going_on * H, (count - going_on) * H, both + going_on * H);
  return both;
}

/// The products of steps [begin, end) once more, all at once, since h is known now.
LayerPass::Products LayerPass::products_again(const RunBack& run, size_t number, size_t begin, size_t end,
                                              int64_t first_block, int64_t last_block,
                                              ScratchOfProducts& scratch) const {
  const auto& share = shares_[number];
  const auto* const argument = has_late_gates() ? data(kept_argument(run.kept, number)) : nullptr;
  const auto& steps = share.steps();
  const auto& weights = weights_->forward();
  const int64_t D = shape_.D, H = shape_.H, summed = shape_.summed(), apart = shape_.apart();
  const int64_t columns = shape_.columns(), apart_columns = shape_.apart_columns();
  const int64_t chunk = steps[begin].own, rows = share.rows(begin, end);
  float* const sums = scratch.sums.reserve(rows * columns);
  float* const products = scratch.apart.reserve(rows * apart_columns);
  float* const h = scratch.h.reserve(rows * H);
  for (size_t k = begin; k < end; ++k) {
    std::copy_n(before_step(run, share, k, scratch.before), steps[k].count * H, h + (steps[k].own - chunk) * H);
  }
  multiply_input({.rows = rows,
                  .a = share.gather(begin, end, data(run.x), D, scratch.x),
                  .a_stride = D,
                  .c = sums,
                  .c_stride = columns},
                 first_block, last_block);
  weights.recurrent.multiply({.rows = rows, .a = h, .a_stride = H, .c = sums, .c_stride = columns, .add = true},
                             first_block * summed, last_block * summed);
  if (apart > 0) {
    weights.apart.multiply({.rows = rows, .a = h, .a_stride = H, .c = products, .c_stride = apart_columns},
                           first_block * apart, last_block * apart);
  }
  if (has_late_gates()) {
    weights.late.multiply({.rows = rows,
                           .a = argument + chunk * H,
                           .a_stride = H,
                           .c = sums + shape_.late_offset(),
                           .c_stride = columns,
                           .add = true},
                          first_block * shape_.late(), last_block * shape_.late());
  }
  return {.first_row = chunk, .sums = sums, .apart = products};
}

void LayerPass::run_back(const RunBack& run, size_t number, int64_t rank, Gang& gang) const {
  const auto& share = shares_[number];
  const auto [first_block, last_block] = portion(shape_.blocks, rank, gang.size());
  const auto* const kept = kept_of(run.kept, number);
  Scratch before, of_units;
  ScratchOfProducts scratch;
  Products products{.first_row = 0, .sums = data(kept[0]), .apart = data(kept[1])};
  const auto all = chunks(share);
  for (size_t chunk = all.size(); chunk-- > 0;) {
    const auto [begin, end] = all[chunk];
    if (recompute_) products = products_again(run, number, begin, end, first_block, last_block, scratch);
    for (size_t k = end; k-- > begin;) {
      auto step = backward_step(run, number, k, products, before);
      step.in.first_block = first_block;
      step.in.last_block = last_block;
      if (has_late_gates()) {
        kernels_.late_gradient(step);
        gang.wait();
        argument_gradient(step, mutable_data(run.argument_gradient) + share.first() * shape_.padded());
      }
      run_blocks_back(step, mutable_data(run.units_gradients[number]), of_units);
      gang.wait();
      add_recurrent_gradient(step);
    }
  }
}

StepBackward LayerPass::backward_step(const RunBack& run, size_t number, size_t k, const Products& products,
                                      Scratch& before) const {
  const auto& share = shares_[number];
  const auto [count, own, packed] = share.steps()[k];
  const int64_t H = shape_.H, padded = shape_.padded();
  const int64_t columns = shape_.columns(), apart_columns = shape_.apart_columns();
  StepBackward step{.in = step_rows(count),
                    .are_kept = !recompute_,
                    .output_gradient = data(run.output_gradient) + packed * H,
                    .state_gradient = {},
                    .state_gradient_stride = padded,
                    .argument_gradient = nullptr,
                    .sums_gradient = mutable_data(run.sums_gradients[number]) + own * columns,
                    .apart_gradient = mutable_data(run.apart_gradients[number]) + own * apart_columns,
                    .unit_parameters_gradient = {}};
  step.in.sums = products.sums + (own - products.first_row) * columns;
  step.in.apart = products.apart + (own - products.first_row) * apart_columns;
  step.in.previous[0] = before_step(run, share, k, before);
  if (has_late_gates()) step.argument_gradient = data(run.argument_gradient) + share.first() * padded;
  for (size_t s = 0; s < cell_.states.size(); ++s) {
    if (s > 0) step.in.previous[s] = data(kept_of(run.kept, number)[1 + s]) + own * H;
    step.state_gradient[s] = mutable_data(run.state_gradients[s]) + share.first() * padded;
  }
  return step;
}

/// Per-unit parameters: of this step first, since f32 does not bear to add all rows of all steps one by one.
void LayerPass::run_blocks_back(StepBackward& step, float* of_units, Scratch& scratch) const {
  const auto units = static_cast<int64_t>(weights_->forward().units.size());
  const int64_t padded = shape_.padded(), begin = step.in.first_block * kBlock, end = step.in.last_block * kBlock;
  float* const of_step = scratch.reserve(units * padded);
  for (int64_t u = 0; u < units; ++u) {
    step.unit_parameters_gradient[u] = of_step + u * padded;
    std::fill_n(of_step + u * padded + begin, end - begin, 0.0f);
  }
  kernels_.backward(step);
  for (int64_t u = 0; u < units; ++u) {
    for (int64_t n = u * padded + begin; n < u * padded + end; ++n) of_units[n] += of_step[n];
  }
}

void LayerPass::argument_gradient(const StepBackward& step, float* gradient) const {
  const auto& in = step.in;
  weights_->backward().late.multiply({.rows = in.rows,
                                      .a = step.sums_gradient + shape_.late_offset(),
                                      .a_stride = in.sums_stride,
                                      .c = gradient,
                                      .c_stride = step.state_gradient_stride},
                                     in.first_block, in.last_block);
}

void LayerPass::add_recurrent_gradient(const StepBackward& step) const {
  const auto& weights = weights_->backward();
  const auto& in = step.in;
  Operands product{.rows = in.rows,
                   .a = step.sums_gradient,
                   .a_stride = in.sums_stride,
                   .c = step.state_gradient[0],
                   .c_stride = step.state_gradient_stride,
                   .add = true};
  weights.recurrent.multiply(product, in.first_block, in.last_block);
  if (in.apart_stride > 0) {
    product.a = step.apart_gradient;
    product.a_stride = in.apart_stride;
    weights.apart.multiply(product, in.first_block, in.last_block);
  }
}

void LayerPass::input_gradient(const RunBack& run, size_t number, int64_t rank, Gang& gang) const {
  const auto& share = shares_[number];
  const auto& steps = share.steps();
  const int64_t D = shape_.D, columns = shape_.columns();
  const auto [first, last] = portion(static_cast<int64_t>(steps.size()), rank, gang.size());
  Scratch scratch;
  for (const auto& [begin, end] : share.chunks(kRowsOfX, static_cast<size_t>(first), static_cast<size_t>(last))) {
    const int64_t rows = share.rows(begin, end), own_begin = steps[begin].own;
    Operands product{.rows = rows,
                     .a = data(run.sums_gradients[number]) + own_begin * columns,
                     .a_stride = columns,
                     .c = scratch.reserve(rows * D),
                     .c_stride = D};
    weights_->backward().input.multiply(product);
    share.for_each_run(begin, end, [&](int64_t own, int64_t packed, int64_t count) {
      std::copy_n(product.c + (own - own_begin) * D, count * D, mutable_data(run.x_gradient) + packed * D);
    });
  }
}

std::vector<GradientRows> LayerPass::gradient_rows(const RunBack& run) const {
  std::vector<GradientRows> rows;
  for (size_t number = 0; number < shares_.size(); ++number) {
    const auto& share = shares_[number];
    GradientRows of_share{.sums_gradient = data(run.sums_gradients[number]),
                          .apart_gradient = data(run.apart_gradients[number]),
                          .x = {},
                          .h = {},
                          .argument = {}};
    for (int64_t row = 0; has_late_gates() && row < share.tokens(); ++row) {
      of_share.argument.push_back(data(kept_argument(run.kept, number)) + row * shape_.H);
    }
    for (size_t k = 0; k < share.steps().size(); ++k) {
      const auto [count, own, packed] = share.steps()[k];
      const int64_t going_on = share.going_on(k);
      for (int64_t b = 0; b < count; ++b) {
        of_share.x.push_back(data(run.x) + (packed + b) * shape_.D);
        of_share.h.push_back(b < going_on ? data(run.output) + (share.steps()[k - 1].packed + b) * shape_.H
                                          : data(run.initial[0]) + (share.first() + b) * shape_.H);
      }
    }
    rows.push_back(std::move(of_share));
  }
  return rows;
}

Tensors LayerPass::unit_gradients(const RunBack& run) const {
  Tensors units;
  for (size_t u = 0; u < weights_->forward().units.size(); ++u) {
    auto sum = run.units_gradients[0][static_cast<int64_t>(u)].clone();
    for (size_t number = 1; number < shares_.size(); ++number) {
      sum.add_(run.units_gradients[number][static_cast<int64_t>(u)]);
    }
    units.push_back(sum.narrow(0, 0, shape_.H).clone());
  }
  return units;
}

}  // namespace recur::engine::cpu
