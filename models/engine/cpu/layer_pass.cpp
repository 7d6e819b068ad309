#include "models/engine/cpu/layer_pass.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

#include "models/engine/cpu/floats.h"

namespace recur::engine::cpu {
namespace {

using torch::Tensor;
using Tensors = std::vector<Tensor>;

constexpr int64_t kWorthAThread = 1 << 20;  // multiplications, of a whole pass
constexpr int64_t kWorthAWait = 1 << 14;    // of a step, for whose end threads wait
constexpr int64_t kWorthAGang = 1 << 18;    // of a whole pass, for which they come together
constexpr int64_t kChunkBytes = 512 << 10;  // of products of x that stay in the second cache until their step comes
constexpr int64_t kTileBytes = 16 << 10;    // of a step's products, that stay in the first
constexpr int64_t kFewestRows = 4;          // of a thread; fewer do not fill the tiles
constexpr int64_t kFewestRowsFar = 16;      // nor earn back that weights come from beyond the second cache
constexpr int64_t kBytesNear = 1 << 20;     // of weights, in the second cache

Tensor copy(const Tensor& tensor) {
  return tensor.detach().clone(at::MemoryFormat::Contiguous);
}

}  // namespace

LayerPass::LayerPass(const CellType& cell, PackedWeightsPtr weights, std::vector<int64_t> rows, bool reverse,
                     int64_t shares, bool recompute)
    : cell_(cell),
      weights_(std::move(weights)),
      shape_(weights_->shape()),
      kernels_(cell.kernels()),
      batch_(rows.front()),
      tokens_(std::accumulate(rows.begin(), rows.end(), int64_t{0})),
      shares_(split(rows, reverse, shares)),
      recompute_(recompute) {}

int64_t LayerPass::best_shares(const LayerShape& shape, const std::vector<int64_t>& rows) {
  const int64_t tokens = std::accumulate(rows.begin(), rows.end(), int64_t{0});
  const int64_t work = tokens * shape.columns() * (shape.D + shape.H);
  const int64_t threads = std::min<int64_t>(at::get_num_threads(), 1 + work / kWorthAThread);
  const int64_t bytes = shape.columns() * shape.H * static_cast<int64_t>(sizeof(float));
  const int64_t fewest = bytes <= kBytesNear ? kFewestRows : kFewestRowsFar;
  return rows.front() >= fewest * threads ? threads : 1;
}

void LayerPass::run_shares(c10::function_ref<void(size_t, int64_t, Gang&)> work) const {
  if (shares_.size() > 1) {
    return parallel_for_each(static_cast<int64_t>(shares_.size()), [&](int64_t k) {
      Gang alone(1);
      work(static_cast<size_t>(k), 0, alone);
    });
  }
  const int64_t all = tokens_ * shape_.columns() * shape_.H, steps = std::ssize(shares_[0].steps());
  const bool pays = all >= kWorthAGang && all / steps >= kWorthAWait;
  const int64_t most = pays ? std::min<int64_t>(at::get_num_threads(), shape_.blocks) : 1;
  run_together(most, [&](int64_t rank, Gang& gang) { work(0, rank, gang); });
}

std::vector<std::pair<size_t, size_t>> LayerPass::chunks(const SubBatch& share) const {
  const int64_t most = std::max<int64_t>(64, kChunkBytes / static_cast<int64_t>(sizeof(float)) / shape_.columns());
  return share.chunks(most, 0, share.steps().size());
}

StepRows LayerPass::step_rows(int64_t count) const {
  const auto& weights = weights_->forward();
  StepRows in{.rows = count,
              .units = shape_.H,
              .first_block = 0,
              .last_block = shape_.blocks,
              .sums_stride = shape_.columns(),
              .apart_stride = shape_.apart_columns(),
              .bias = weights.bias.data(),
              .apart_bias = weights.apart_bias.data()};
  for (size_t u = 0; u < weights.units.size(); ++u) in.unit_parameters[u] = data(weights.units[u]);
  return in;
}

struct LayerPass::Run {
  Tensor x, output;
  std::array<Tensor, 2> h;  // [B, H] before and behind a step, in turns
  Tensors states;           // [B, H] but h: before a step, and then behind it
  Tensor argument;          // [B, H] what late gates read, where it is not kept
  Tensors kept;
};

LayerPass::Forward LayerPass::forward(const Tensor& x, const Tensors& initial, bool keep) const {
  Run run{.x = x.detach().contiguous(),
          .output = {},
          .h = {copy(initial[0]), copy(initial[0])},
          .states = {},
          .argument = {},
          .kept = {}};
  const auto empty = [&](int64_t rows, int64_t columns) { return at::empty({rows, columns}, run.x.options()); };
  run.output = empty(tokens_, shape_.H);
  for (size_t s = 1; s < initial.size(); ++s) run.states.push_back(copy(initial[s]));
  if (keep) {
    for (const auto& share : shares_) {
      const int64_t products = recompute_ ? 0 : share.tokens();
      run.kept.push_back(empty(products, shape_.columns()));
      run.kept.push_back(empty(products, shape_.apart_columns()));
      for (size_t s = 1; s < initial.size(); ++s) run.kept.push_back(empty(share.tokens(), shape_.H));
      if (has_late_gates()) run.kept.push_back(empty(share.tokens(), shape_.H));
    }
  } else if (has_late_gates()) {
    run.argument = empty(batch_, shape_.H);
  }
  run_shares([&](size_t share, int64_t rank, Gang& gang) { this->run(run, share, rank, gang); });
  Forward forward{.result = {.output = run.output, .state = {run.h[0]}}, .kept = std::move(run.kept)};
  forward.result.state.insert(forward.result.state.end(), run.states.begin(), run.states.end());
  // A sequence's last h is its last output.
  for (const auto& share : shares_) {
    const auto& steps = share.steps();
    for (size_t k = 0; k < steps.size(); ++k) {
      const int64_t going_on = k + 1 < steps.size() ? share.going_on(k + 1) : 0;
      std::copy_n(data(run.output) + (steps[k].packed + going_on) * shape_.H, (steps[k].count - going_on) * shape_.H,
                  mutable_data(run.h[0]) + (share.first() + going_on) * shape_.H);
    }
  }
  return forward;
}

void LayerPass::run(const Run& run, size_t number, int64_t rank, Gang& gang) const {
  const auto& share = shares_[number];
  const auto& steps = share.steps();
  const int64_t D = shape_.D, H = shape_.H, columns = shape_.columns(), apart_columns = shape_.apart_columns();
  const auto [first_block, last_block] = portion(shape_.blocks, rank, gang.size());
  const bool keep_products = !run.kept.empty() && !recompute_;
  const auto* const kept = keep_products ? kept_of(run.kept, number) : nullptr;
  std::array<float*, 2> h = {mutable_data(run.h[0]) + share.first() * H, mutable_data(run.h[1]) + share.first() * H};
  Scratch x_rows, products, products_apart;

  for (const auto& [begin, end] : chunks(share)) {
    const int64_t chunk = steps[begin].own, rows = share.rows(begin, end);
    float* const sums = keep_products ? mutable_data(kept[0]) + chunk * columns : products.reserve(rows * columns);
    multiply_input({.rows = rows,
                    .a = share.gather(begin, end, data(run.x), D, x_rows),
                    .a_stride = D,
                    .c = sums,
                    .c_stride = columns},
                   first_block, last_block);

    for (size_t k = begin; k < end; ++k) {
      const int64_t count = steps[k].count, own = steps[k].own;
      const StepProducts of_step{.sums = sums + (own - chunk) * columns,
                                 .apart = keep_products ? mutable_data(kept[1]) + own * apart_columns
                                                        : products_apart.reserve(count * apart_columns)};
      auto step = forward_step(run, number, k, of_step, h);
      run_blocks(step, of_step, first_block, last_block);
      gang.wait();
      if (has_late_gates()) {
        run_late_blocks(step, of_step, first_block, last_block);
        gang.wait();
      }
      std::swap(h[0], h[1]);
    }
  }
}

StepForward LayerPass::forward_step(const Run& run, size_t number, size_t k, const StepProducts& products,
                                    const std::array<float*, 2>& h) const {
  const auto& share = shares_[number];
  const auto [count, own, packed] = share.steps()[k];
  const bool keep = !run.kept.empty();
  StepForward step{.in = step_rows(count),
                   .kept_sums = (keep && !recompute_) || has_late_gates() ? products.sums : nullptr,
                   .argument = nullptr,
                   .kept = {},
                   .next = {h[1]},
                   .output = mutable_data(run.output) + packed * shape_.H};
  step.in.sums = products.sums;
  step.in.apart = products.apart;
  step.in.previous[0] = h[0];
  for (size_t s = 1; s < cell_.states.size(); ++s) {
    step.next[s] = mutable_data(run.states[s - 1]) + share.first() * shape_.H;
    step.in.previous[s] = step.next[s];
    if (keep) step.kept[s] = mutable_data(kept_of(run.kept, number)[1 + s]) + own * shape_.H;
  }
  if (has_late_gates()) {
    step.argument = keep ? mutable_data(kept_argument(run.kept, number)) + own * shape_.H
                         : mutable_data(run.argument) + share.first() * shape_.H;
  }
  return step;
}

int64_t LayerPass::blocks_at_once(int64_t rows) const {
  const int64_t panels = shape_.summed() + shape_.apart() + shape_.late();
  return std::max<int64_t>(1, kTileBytes / (rows * panels * kPanel * static_cast<int64_t>(sizeof(float))));
}

/// U h of some blocks of units, and at once what the cell makes of it: its next states, or what late gates read.
void LayerPass::run_blocks(StepForward& step, const StepProducts& products, int64_t first, int64_t last) const {
  auto& in = step.in;
  const auto& weights = weights_->forward();
  const int64_t summed = shape_.summed(), apart = shape_.apart();
  const Operands of_h{.rows = in.rows,
                      .a = in.previous[0],
                      .a_stride = shape_.H,
                      .c = products.sums,
                      .c_stride = in.sums_stride,
                      .add = true};
  const Operands of_h_apart{
      .rows = in.rows, .a = in.previous[0], .a_stride = shape_.H, .c = products.apart, .c_stride = in.apart_stride};
  const int64_t at_once = blocks_at_once(in.rows);
  for (int64_t block = first; block < last; block += at_once) {
    in.first_block = block;
    in.last_block = std::min(last, block + at_once);
    weights.recurrent.multiply(of_h, in.first_block * summed, in.last_block * summed);
    if (apart > 0) weights.apart.multiply(of_h_apart, in.first_block * apart, in.last_block * apart);
    if (has_late_gates()) {
      kernels_.argument(step);
    } else {
      kernels_.forward(step);
    }
  }
}

/// Behind run_blocks of all units: U of the late gates, and the next states.
void LayerPass::run_late_blocks(StepForward& step, const StepProducts& products, int64_t first, int64_t last) const {
  auto& in = step.in;
  const Operands product{.rows = in.rows,
                         .a = step.argument,
                         .a_stride = shape_.H,
                         .c = products.sums + shape_.late_offset(),
                         .c_stride = in.sums_stride,
                         .add = true};
  const int64_t at_once = blocks_at_once(in.rows);
  for (int64_t block = first; block < last; block += at_once) {
    in.first_block = block;
    in.last_block = std::min(last, block + at_once);
    weights_->forward().late.multiply(product, in.first_block * shape_.late(), in.last_block * shape_.late());
    kernels_.forward(step);
  }
}

void LayerPass::multiply_input(const Operands& product, int64_t first_block, int64_t last_block) const {
  const auto& input = weights_->forward().input;
  int64_t before = 0;  // panels
  for (const int64_t gates : {shape_.summed(), shape_.apart(), shape_.late()}) {
    if (gates > 0) input.multiply(product, before + first_block * gates, before + last_block * gates);
    before += shape_.blocks * gates;
  }
}

}  // namespace recur::engine::cpu
