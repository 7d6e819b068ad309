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
constexpr auto kInstructions = std::make_integer_sequence<int, Plan<Cell>::kSize>{};

template <class Cell>
void forward(const StepForward& step) {
  using P = Plan<Cell>;
  constexpr int kStates = P::kProgram.states;
  constexpr auto kSums = P::kUse.late_count > 0 ? Sums::kRest : Sums::kPlain;
  for_each_place(step.in, [&](const auto& at) HWY_ATTR {
    const Vector d;
    const int64_t row = at.row * step.in.units;
    Lanes<Cell, Vector> lanes;
    evaluate_all<kSums>(lanes, d, step.in, at, kInstructions<Cell>);
    if (step.kept_sums != nullptr) keep_all<kSums>(lanes, d, step, at, kInstructions<Cell>);
    for (int s = 0; s < kStates; ++s) {
      if (step.kept[s] != nullptr) at.store(d, at.load(d, step.in.previous[s] + row), step.kept[s] + row);
    }
    for (int s = 0; s < kStates; ++s) at.store(d, lanes.value[P::kProgram.next_state[s]], step.next[s] + row);
    at.store(d, lanes.value[P::kProgram.next_state[0]], step.output + row);
  });
}

template <class Cell>
void argument(const StepForward& step) {
  for_each_place(step.in, [&](const auto& at) HWY_ATTR {
    const Vector d;
    Lanes<Cell, Vector> lanes;
    evaluate_all<Sums::kForArgument>(lanes, d, step.in, at, kInstructions<Cell>);
    keep_all<Sums::kForArgument>(lanes, d, step, at, kInstructions<Cell>);
    at.store(d, lanes.value[Plan<Cell>::kUse.argument], step.argument + at.row * step.in.units);
  });
}

/// The program's values once more, and the gradients that come from later steps and, unless they are yet to come,
/// through U of the late gates; from there down to the leaves.
template <bool kOfArgument, class Cell, class At>
HWY_INLINE void reverse_step(Lanes<Cell, Vector>& lanes, Vector d, const StepBackward& step, const At& at) {
  using P = Plan<Cell>;
  if (step.are_kept) {
    evaluate_all<Sums::kActivated>(lanes, d, step.in, at, kInstructions<Cell>);
  } else {
    evaluate_all<Sums::kPlain>(lanes, d, step.in, at, kInstructions<Cell>);
  }
  const auto load = [&](const float* from)
                        HWY_ATTR { return hn::LoadU(d, from + at.row * step.state_gradient_stride + at.unit()); };
  if constexpr (P::kUse.late_count > 0) {
    lanes.gradient[P::kUse.argument] = kOfArgument ? load(step.argument_gradient) : hn::Zero(d);
  }
  for (int s = 0; s < P::kProgram.states; ++s) {
    auto g = load(step.state_gradient[s]);
    if (s == 0) g = hn::Add(g, at.load(d, step.output_gradient + at.row * step.in.units));
    // Two states may be one value, or one of them the argument.
    bool is_first = P::kProgram.next_state[s] != P::kUse.argument;
    for (int other = 0; other < s; ++other) {
      if (P::kProgram.next_state[other] == P::kProgram.next_state[s]) is_first = false;
    }
    auto& sum = lanes.gradient[P::kProgram.next_state[s]];
    sum = is_first ? g : hn::Add(sum, g);
  }
  reverse_all(lanes, d, kInstructions<Cell>);
}

template <class Cell>
void late_gradient(const StepBackward& step) {
  for_each_place(step.in, [&](const auto& at) HWY_ATTR {
    Lanes<Cell, Vector> lanes;
    reverse_step</*kOfArgument=*/false>(lanes, Vector(), step, at);
    store_late_gradients(lanes, Vector(), step, at, kInstructions<Cell>);
  });
}

template <class Cell>
void backward(const StepBackward& step) {
  for_each_place(step.in, [&](const auto& at) HWY_ATTR {
    Lanes<Cell, Vector> lanes;
    reverse_step</*kOfArgument=*/true>(lanes, Vector(), step, at);
    store_gradients(lanes, Vector(), step, at, kInstructions<Cell>);
  });
}

/// Null pointers for a cell that cannot be fused.
template <class Cell>
StepKernels kernels_of() {
  using P = Plan<Cell>;
  if constexpr (P::kUse.is_fusable) {
    static_assert(P::kProgram.states <= kMostStates && P::kProgram.units <= kMostUnits);
    StepKernels kernels{.forward = &forward<Cell>, .backward = &backward<Cell>, .argument = {}, .late_gradient = {}};
    if constexpr (P::kUse.late_count > 0) {
      kernels.argument = &argument<Cell>;
      kernels.late_gradient = &late_gradient<Cell>;
    }
    return kernels;
  } else {
    return {};
  }
}

}  // namespace recur::engine::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
