#include "models/engine/cpu/layer_pass.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include "models/engine/cpu/aligned.h"
#include "models/engine/cpu/weight_gradients.h"

namespace recur::engine::cpu {
namespace {

using torch::Tensor;
using Tensors = std::vector<Tensor>;

constexpr int64_t kWorthAThread = 1 << 20;  // multiplications, of a whole pass
constexpr int64_t kWorthAWait = 1 << 16;    // multiplications, of a step
constexpr int64_t kChunkBytes = 512 << 10;  // of products of x that stay in the second cache until their step comes
constexpr int64_t kTileBytes = 16 << 10;    // of a step's products, that stay in the first
constexpr int64_t kRowsOfX = 192;           // whose gradients are computed at a time
constexpr int64_t kFewestRows = 4;          // of a thread; fewer do not fill the tiles
constexpr int64_t kFewestRowsFar = 16;      // nor earn back that weights come from beyond the second cache
constexpr int64_t kBytesNear = 1 << 20;     // of weights, in the second cache

/// Of `count` things those that fall to `rank`.
std::pair<int64_t, int64_t> portion(int64_t count, int64_t rank, int64_t ranks) {
  return {count * rank / ranks, count * (rank + 1) / ranks};
}

const float* data(const Tensor& tensor) {
  return tensor.const_data_ptr<float>();
}
float* mutable_data(const Tensor& tensor) {
  return tensor.mutable_data_ptr<float>();
}

Tensor copy(const Tensor& tensor) {
  return tensor.detach().clone(at::MemoryFormat::Contiguous);
}

/// Steps [first, second) each, whose products of x are computed at a time.
std::vector<std::pair<size_t, size_t>> chunks_of(const SubBatch& share, int64_t columns) {
  const auto& steps = share.steps();
  const int64_t most = std::max<int64_t>(64, kChunkBytes / static_cast<int64_t>(sizeof(float)) / columns);
  std::vector<std::pair<size_t, size_t>> chunks;
  for (size_t begin = 0, end = 0; begin < steps.size(); begin = end) {
    int64_t rows = 0;
    while (end < steps.size() && (rows == 0 || rows + steps[end].count <= most)) rows += steps[end++].count;
    chunks.emplace_back(begin, end);
  }
  return chunks;
}

/// Rows [own of first step, own behind the last) of a share's x, side by side.
const float* gather(const SubBatch& share, size_t first, size_t last, const float* rows, int64_t width,
                    Scratch& scratch) {
  const auto& steps = share.steps();
  const int64_t begin = steps[first].own, count = steps[last - 1].own + steps[last - 1].count - begin;
  const float* whole = nullptr;
  float* to = nullptr;
  share.for_each_run(first, last, [&](int64_t own, int64_t packed, int64_t number) {
    if (number == count) {
      whole = rows + packed * width;
      return;
    }
    if (to == nullptr) to = scratch.reserve(count * width);
    std::copy_n(rows + packed * width, number * width, to + (own - begin) * width);
  });
  return whole != nullptr ? whole : to;
}

}  // namespace

LayerPass::LayerPass(const CellType& cell, PackedWeightsPtr weights, std::vector<int64_t> rows, bool reverse,
                     int64_t shares, bool recompute)
    : cell_(cell),
      weights_(std::move(weights)),
      shape_(weights_->shape()),
      kernels_(step_kernels(cell.number)),
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

template <class Work>
void LayerPass::run_shares(Work work) const {
  if (shares_.size() > 1) {
    return parallel_for_each(static_cast<int64_t>(shares_.size()), [&](int64_t k) {
      Gang alone(1);
      work(static_cast<size_t>(k), 0, alone);
    });
  }
  const int64_t work_of_step = tokens_ * shape_.columns() * shape_.H / static_cast<int64_t>(shares_[0].steps().size());
  const int64_t most = work_of_step < kWorthAWait ? 1 : std::min<int64_t>(at::get_num_threads(), shape_.blocks);
  run_together(most, [&](int64_t rank, Gang& gang) { work(0, rank, gang); });
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
  Tensors kept;
};

LayerPass::Forward LayerPass::forward(const Tensor& x, const Tensors& initial, bool keep) const {
  Run run{
      .x = x.detach().contiguous(), .output = {}, .h = {copy(initial[0]), copy(initial[0])}, .states = {}, .kept = {}};
  const auto empty = [&](int64_t rows, int64_t columns) { return at::empty({rows, columns}, run.x.options()); };
  run.output = empty(tokens_, shape_.H);
  for (size_t s = 1; s < initial.size(); ++s) run.states.push_back(copy(initial[s]));
  if (keep) {
    for (const auto& share : shares_) {
      const int64_t products = recompute_ ? 0 : share.tokens();
      run.kept.push_back(empty(products, shape_.columns()));
      run.kept.push_back(empty(products, shape_.apart_columns()));
      for (size_t s = 1; s < initial.size(); ++s) run.kept.push_back(empty(share.tokens(), shape_.H));
    }
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
  const auto& weights = weights_->forward();
  const int64_t D = shape_.D, H = shape_.H, summed = shape_.summed(), apart = shape_.apart();
  const int64_t columns = shape_.columns(), apart_columns = shape_.apart_columns();
  const size_t states = cell_.states.size();
  const auto [first_block, last_block] = portion(shape_.blocks, rank, gang.size());
  const bool keep = !run.kept.empty(), keep_products = keep && !recompute_;
  const auto* const kept = run.kept.data() + (keep ? number * kept_of_share() : 0);
  std::array<float*, 2> h = {mutable_data(run.h[0]) + share.first() * H, mutable_data(run.h[1]) + share.first() * H};
  Scratch x_rows, products, products_apart;

  for (const auto& [begin, end] : chunks_of(share, columns)) {
    const int64_t chunk = steps[begin].own, rows = steps[end - 1].own + steps[end - 1].count - chunk;
    float* const sums = keep_products ? mutable_data(kept[0]) + chunk * columns : products.reserve(rows * columns);
    multiply_input({.rows = rows,
                    .a = gather(share, begin, end, data(run.x), D, x_rows),
                    .a_stride = D,
                    .c = sums,
                    .c_stride = columns},
                   first_block, last_block);

    for (size_t k = begin; k < end; ++k) {
      const auto [count, own, packed] = steps[k];
      StepForward step{.in = step_rows(count),
                       .kept_sums = nullptr,
                       .kept = {},
                       .next = {h[1]},
                       .output = mutable_data(run.output) + packed * H};
      auto& in = step.in;
      float* const step_sums = sums + (own - chunk) * columns;
      float* const step_apart =
          keep_products ? mutable_data(kept[1]) + own * apart_columns : products_apart.reserve(count * apart_columns);
      in.sums = step_sums;
      if (keep_products) step.kept_sums = step_sums;
      in.apart = step_apart;
      in.previous[0] = h[0];
      for (size_t s = 1; s < states; ++s) {
        step.next[s] = mutable_data(run.states[s - 1]) + share.first() * H;
        in.previous[s] = step.next[s];
        if (keep) step.kept[s] = mutable_data(kept[1 + s]) + own * H;
      }
      // U h of some blocks of units, and at once what the cell makes of it.
      const Operands of_h{.rows = count, .a = h[0], .a_stride = H, .c = step_sums, .c_stride = columns, .add = true};
      const Operands of_h_apart{.rows = count, .a = h[0], .a_stride = H, .c = step_apart, .c_stride = apart_columns};
      const int64_t bytes = count * (summed + apart) * kPanel * static_cast<int64_t>(sizeof(float));
      const int64_t at_once = std::max<int64_t>(1, kTileBytes / bytes);
      for (int64_t block = first_block; block < last_block; block += at_once) {
        in.first_block = block;
        in.last_block = std::min(last_block, block + at_once);
        weights.recurrent.multiply(of_h, in.first_block * summed, in.last_block * summed);
        if (apart > 0) weights.apart.multiply(of_h_apart, in.first_block * apart, in.last_block * apart);
        kernels_.forward(step);
      }
      gang.wait();
      std::swap(h[0], h[1]);
    }
  }
}

void LayerPass::multiply_input(const Operands& product, int64_t first_block, int64_t last_block) const {
  const int64_t summed = shape_.summed(), apart = shape_.apart(), before = shape_.blocks * summed;
  const auto& input = weights_->forward().input;
  input.multiply(product, first_block * summed, last_block * summed);
  if (apart > 0) input.multiply(product, before + first_block * apart, before + last_block * apart);
}

struct LayerPass::RunBack {
  const Past& past;
  Tensor x, output, output_gradient, x_gradient;
  Tensors initial, state_gradients;         // [B, H], [B, padded]
  Tensors sums_gradients, apart_gradients;  // of each share [tokens, columns]
  Tensors units_gradients;                  // of each share [units, padded]
};

LayerPass::Gradients LayerPass::backward(const Past& past, const Tensors& gradients, bool of_x) const {
  const auto units = static_cast<int64_t>(weights_->forward().units.size());
  weights_->backward();  // packed here, by all threads' leave
  RunBack run{.past = past,
              .x = past.x.detach().contiguous(),
              .output = past.output.detach().contiguous(),
              .output_gradient = gradients[0].detach().contiguous(),
              .x_gradient = {},
              .initial = {},
              .state_gradients = {},
              .sums_gradients = {},
              .apart_gradients = {},
              .units_gradients = {}};
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
  run_shares([&](size_t share, int64_t rank, Gang& gang) {
    run_back(run, share, rank, gang);
    if (of_x) input_gradient(run, share, rank, gang);
  });

  Gradients found{.parameters = parameter_gradients(run), .x = run.x_gradient, .initial = {}};
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
LayerPass::Products LayerPass::products_again(const RunBack& run, const SubBatch& share, size_t begin, size_t end,
                                              int64_t first_block, int64_t last_block,
                                              ScratchOfProducts& scratch) const {
  const auto& steps = share.steps();
  const auto& weights = weights_->forward();
  const int64_t D = shape_.D, H = shape_.H, summed = shape_.summed(), apart = shape_.apart();
  const int64_t columns = shape_.columns(), apart_columns = shape_.apart_columns();
  const int64_t chunk = steps[begin].own, rows = steps[end - 1].own + steps[end - 1].count - chunk;
  float *const sums = scratch.sums.reserve(rows * columns), *const products =
                                                                scratch.apart.reserve(rows * apart_columns);
  float* const h = scratch.h.reserve(rows * H);
  for (size_t k = begin; k < end; ++k) {
    std::copy_n(before_step(run, share, k, scratch.before), steps[k].count * H, h + (steps[k].own - chunk) * H);
  }
  multiply_input({.rows = rows,
                  .a = gather(share, begin, end, data(run.x), D, scratch.x),
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
  return {.first_row = chunk, .sums = sums, .apart = products};
}

void LayerPass::run_back(const RunBack& run, size_t number, int64_t rank, Gang& gang) const {
  const auto& share = shares_[number];
  const auto& steps = share.steps();
  const auto& weights = weights_->backward();
  const int64_t H = shape_.H, padded = shape_.padded();
  const int64_t columns = shape_.columns(), apart_columns = shape_.apart_columns();
  const auto [first_block, last_block] = portion(shape_.blocks, rank, gang.size());
  const auto* const kept = run.past.kept.data() + number * kept_of_share();
  Scratch before;
  ScratchOfProducts scratch;
  Products products{.first_row = 0, .sums = data(kept[0]), .apart = data(kept[1])};
  const auto chunks = chunks_of(share, columns);
  for (size_t chunk = chunks.size(); chunk-- > 0;) {
    const auto [begin, end] = chunks[chunk];
    if (recompute_) products = products_again(run, share, begin, end, first_block, last_block, scratch);
    for (size_t k = end; k-- > begin;) {
      const auto [count, own, packed] = steps[k];
      StepBackward step{.in = step_rows(count),
                        .are_kept = !recompute_,
                        .output_gradient = data(run.output_gradient) + packed * H,
                        .state_gradient = {},
                        .state_gradient_stride = padded,
                        .sums_gradient = mutable_data(run.sums_gradients[number]) + own * columns,
                        .apart_gradient = mutable_data(run.apart_gradients[number]) + own * apart_columns,
                        .unit_parameters_gradient = {}};
      auto& in = step.in;
      in.first_block = first_block;
      in.last_block = last_block;
      in.sums = products.sums + (own - products.first_row) * columns;
      in.apart = products.apart + (own - products.first_row) * apart_columns;
      in.previous[0] = before_step(run, share, k, before);
      for (size_t s = 0; s < cell_.states.size(); ++s) {
        if (s > 0) in.previous[s] = data(kept[1 + s]) + own * H;
        step.state_gradient[s] = mutable_data(run.state_gradients[s]) + share.first() * padded;
      }
      for (size_t u = 0; u < weights_->forward().units.size(); ++u) {
        step.unit_parameters_gradient[u] = mutable_data(run.units_gradients[number]) + static_cast<int64_t>(u) * padded;
      }
      kernels_.backward(step);
      gang.wait();
      Operands of_sums{.rows = count,
                       .a = step.sums_gradient,
                       .a_stride = columns,
                       .c = step.state_gradient[0],
                       .c_stride = padded,
                       .add = true};
      weights.recurrent.multiply(of_sums, first_block, last_block);
      if (apart_columns > 0) {
        of_sums.a = step.apart_gradient;
        of_sums.a_stride = apart_columns;
        weights.apart.multiply(of_sums, first_block, last_block);
      }
    }
  }
}

void LayerPass::input_gradient(const RunBack& run, size_t number, int64_t rank, Gang& gang) const {
  const auto& share = shares_[number];
  const auto& steps = share.steps();
  const int64_t D = shape_.D, columns = shape_.columns();
  const auto [first, last] = portion(static_cast<int64_t>(steps.size()), rank, gang.size());
  Scratch scratch;
  for (auto begin = static_cast<size_t>(first), end = begin; begin < static_cast<size_t>(last); begin = end) {
    int64_t rows = 0;
    while (end < static_cast<size_t>(last) && (rows == 0 || rows + steps[end].count <= kRowsOfX)) {
      rows += steps[end++].count;
    }
    Operands product{.rows = rows,
                     .a = data(run.sums_gradients[number]) + steps[begin].own * columns,
                     .a_stride = columns,
                     .c = scratch.reserve(rows * D),
                     .c_stride = D};
    weights_->backward().input.multiply(product);
    share.for_each_run(begin, end, [&](int64_t own, int64_t packed, int64_t count) {
      std::copy_n(product.c + (own - steps[begin].own) * D, count * D, mutable_data(run.x_gradient) + packed * D);
    });
  }
}

LayerParameters LayerPass::parameter_gradients(const RunBack& run) const {
  std::vector<GradientRows> rows;
  for (size_t number = 0; number < shares_.size(); ++number) {
    const auto& share = shares_[number];
    GradientRows of_share{.sums_gradient = data(run.sums_gradients[number]),
                          .apart_gradient = data(run.apart_gradients[number]),
                          .x = {},
                          .h = {}};
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
  auto found = weight_gradients(shape_, rows, run.x.options());
  const auto units = static_cast<int64_t>(weights_->forward().units.size());
  for (int64_t u = 0; u < units; ++u) {
    auto sum = run.units_gradients[0][u].clone();
    for (size_t number = 1; number < shares_.size(); ++number) sum.add_(run.units_gradients[number][u]);
    found.units.push_back(sum.narrow(0, 0, shape_.H).clone());
  }
  return found;
}

}  // namespace recur::engine::cpu
