// The fused steps of a cell, made from its program by cpu/lanes-inl.h.  Read once for every instruction set.
#include <algorithm>
#include <utility>

#include "hwy/highway.h"
#include "models/engine/cpu/lanes-inl.h"
#include "models/engine/cpu/step.h"

#if defined(RECUR_CPU_STEP_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RECUR_CPU_STEP_INL_H_
#undef RECUR_CPU_STEP_INL_H_
#else
#define RECUR_CPU_STEP_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace recur::engine::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Vector = hn::CappedTag<float, kBlock>;  // a vector of at most a block

/// Calls work(place) for each vector of the step's rows and blocks.
template <class Work>
HWY_INLINE void for_each_place(const StepRows& in, Work work) {
  const auto lanes = static_cast<int64_t>(hn::Lanes(Vector()));
  const int64_t whole = std::min(in.last_block, in.units / kBlock);
  for (int64_t row = 0; row < in.rows; ++row) {
    for (int64_t block = in.first_block; block < whole; ++block) {
      for (int64_t lane = 0; lane < kBlock; lane += lanes) work(Place<true>{row, block, lane, lanes});
    }
    if (whole == in.last_block) continue;
    for (int64_t lane = 0; lane < kBlock; lane += lanes) {
      work(Place<false>{row, whole, lane, std::clamp<int64_t>(in.units % kBlock - lane, 0, lanes)});
    }
  }
}

template <class Cell>
void forward(const StepForward& step) {
  using P = Plan<Cell>;
  constexpr int kStates = P::kProgram.states;
  for_each_place(step.in, [&](const auto& at) HWY_ATTR {
    const Vector d;
    const int64_t row = at.row * step.in.units;
    Lanes<Cell, Vector> lanes;
    constexpr auto kAll = std::make_integer_sequence<int, P::kSize>{};
    evaluate_all</*kAgain=*/false>(lanes, d, step.in, at, kAll);
    if (step.kept_sums != nullptr) keep_all(lanes, d, step.kept_sums, step.in.sums_stride, at, kAll);
    for (int s = 0; s < kStates; ++s) {
      if (step.kept[s] != nullptr) at.store(d, at.load(d, step.in.previous[s] + row), step.kept[s] + row);
    }
    for (int s = 0; s < kStates; ++s) at.store(d, lanes.value[P::kProgram.next_state[s]], step.next[s] + row);
    at.store(d, lanes.value[P::kProgram.next_state[0]], step.output + row);
  });
}

template <class Cell>
void backward(const StepBackward& step) {
  using P = Plan<Cell>;
  for_each_place(step.in, [&](const auto& at) HWY_ATTR {
    const Vector d;
    Lanes<Cell, Vector> lanes;
    constexpr auto kAll = std::make_integer_sequence<int, P::kSize>{};
    if (step.are_kept) {
      evaluate_all</*kAgain=*/true>(lanes, d, step.in, at, kAll);
    } else {
      evaluate_all</*kAgain=*/false>(lanes, d, step.in, at, kAll);
    }
    for (int s = 0; s < P::kProgram.states; ++s) {
      auto g = hn::LoadU(d, step.state_gradient[s] + at.row * step.state_gradient_stride + at.unit());
      if (s == 0) g = hn::Add(g, at.load(d, step.output_gradient + at.row * step.in.units));
      // Two states may be one value.
      bool is_first = true;
      for (int other = 0; other < s; ++other) {
        if (P::kProgram.next_state[other] == P::kProgram.next_state[s]) is_first = false;
      }
      auto& sum = lanes.gradient[P::kProgram.next_state[s]];
      sum = is_first ? g : hn::Add(sum, g);
    }
    reverse_all(lanes, d, kAll);
    store_gradients(lanes, d, step, at, kAll);
  });
}

/// Null pointers for a cell that cannot be fused.
template <class Cell>
StepKernels kernels_of() {
  if constexpr (Plan<Cell>::kUse.is_fusable) {
    static_assert(Plan<Cell>::kProgram.states <= kMostStates && Plan<Cell>::kProgram.units <= kMostUnits);
    return {.forward = &forward<Cell>, .backward = &backward<Cell>};
  } else {
    return {};
  }
}

}  // namespace recur::engine::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
