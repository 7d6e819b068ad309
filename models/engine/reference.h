// The reference engine: a cell's `step` on torch::Tensor, differentiated by autograd.  Any device, any dtype, doubly
// differentiable.  It is the oracle of every other engine and is never removed.
#pragma once

#include <vector>

#include <ATen/ops/abs.h>
#include <ATen/ops/addmm.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/log.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/softplus.h>
#include <ATen/ops/tanh.h>
#include <torch/types.h>

#include "models/engine/layer.h"
#include "models/engine/over_time.h"
#include "models/engine/program.h"

namespace recur::cells {

/// The map of one gate.  Its product with `shared_argument` has been computed together with the other gates'; another
/// argument (Cho's r * h) costs a product of its own.
template <>
struct Map<torch::Tensor> {
  torch::Tensor shared_argument;  // x or h [B, *]
  torch::Tensor shared_product;   // [B, H]
  torch::Tensor weight, bias;     // [H, *], [H]

  torch::Tensor operator()(const torch::Tensor& argument) const {
    return argument.is_same(shared_argument) ? shared_product : at::linear(argument, weight, bias);
  }
};

}  // namespace recur::cells

namespace recur::engine {

/// A cell with the parameters of one layer and direction, ready to step.
template <class Cell>
class ReferenceCell {
 public:
  using Tensor = torch::Tensor;
  using State = typename Cell::template State<Tensor>;

  explicit ReferenceCell(const LayerParameters& parameters) {
    split_by_gate(W_, parameters.weight_ih, parameters.bias_ih);
    split_by_gate(U_, parameters.weight_hh, parameters.bias_hh);
    size_t number = 0;
    for_each_member(units_, [&](Tensor& unit) { unit = parameters.units.at(number++); });

    const int64_t hidden = parameters.weight_hh.size(1);
    const int64_t begin = kShared.first * hidden, length = (kShared.last - kShared.first) * hidden;
    weight_hh_ = parameters.weight_hh.narrow(0, begin, length).t();
    if (parameters.bias_hh.defined()) bias_hh_ = parameters.bias_hh.narrow(0, begin, length);
  }

  /// x [B, D]; x_product [B, G*H] is its product with weight_ih, bias added, for all gates.
  State step(const Tensor& x, const Tensor& x_product, const State& prev) {
    share(W_, 0, kGates<Cell>, x, x_product);
    if constexpr (kShared.first < kShared.last) {
      const auto& h = prev.h;
      share(U_, kShared.first, kShared.last, h,
            bias_hh_.defined() ? at::addmm(bias_hh_, h, weight_hh_) : at::mm(h, weight_hh_));
    }
    return call_step<Cell, Tensor>(W_, U_, units_, x, prev);
  }

 private:
  using Maps = typename Cell::template Gates<cells::Map<Tensor>>;
  struct GateRange {
    int64_t first = 0, last = 0;
  };

  /// The gates whose recurrent map acts on h itself: one product serves them all, every step.
  static consteval GateRange gates_that_share() {
    constexpr Program program = record<Cell>();
    GateRange range{.first = program.gates, .last = 0};
    for (int gate = 0; gate < program.gates; ++gate) {
      if (!program.acts_on_h(gate)) continue;
      if (gate < range.first) range.first = gate;
      range.last = gate + 1;
    }
    return range.last == 0 ? GateRange{} : range;
  }
  static constexpr GateRange kShared = gates_that_share();

  static void split_by_gate(Maps& maps, const Tensor& weight, const Tensor& bias) {
    const auto weights = weight.chunk(kGates<Cell>, 0);
    const auto biases = bias.defined() ? bias.chunk(kGates<Cell>, 0) : std::vector<Tensor>(kGates<Cell>);
    size_t gate = 0;
    for_each_member(maps, [&](auto& map) {
      map.weight = weights[gate];
      map.bias = biases[gate++];
    });
  }

  static void share(Maps& maps, int64_t first, int64_t last, const Tensor& argument, const Tensor& product) {
    const auto products = product.chunk(last - first, 1);
    int64_t gate = 0;
    for_each_member(maps, [&](auto& map) {
      if (first <= gate && gate < last) {
        map.shared_argument = argument;
        map.shared_product = products[gate - first];
      }
      ++gate;
    });
  }

  Maps W_, U_;
  UnitsOf<Cell, Tensor> units_;
  Tensor weight_hh_, bias_hh_;  // [H, shared*H] (transposed), [shared*H]
};

/// The steps of one layer over a batch; see CellType::run.
template <class Cell>
Step reference_steps(const LayerParameters& parameters, const PackedSequences& x) {
  // W x + b of all steps is one product.  split, not narrow: its backward is one concatenation for all steps.
  const auto x_products = at::linear(x.data, parameters.weight_ih, parameters.bias_ih).split_with_sizes(x.rows);
  return [cell = ReferenceCell<Cell>(parameters), x_steps = x.data.split_with_sizes(x.rows), x_products](
             int64_t t, std::vector<torch::Tensor>& states) mutable {
    typename Cell::template State<torch::Tensor> state;
    size_t number = 0;
    for_each_member(state, [&](torch::Tensor& s) { s = states[number++]; });
    state = cell.step(x_steps[t], x_products[t], state);
    number = 0;
    for_each_member(state, [&](torch::Tensor& s) { states[number++] = s; });
  };
}

}  // namespace recur::engine
