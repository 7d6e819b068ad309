#include "models/engine/cpu/step.h"

#include "models/cells/catalog.h"

// This file is compiled once for each of: AVX-512, AVX2, and what every x86-64 machine has.
#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_AVX3_DL | HWY_SSE4)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/engine/cpu/step.cpp"
#include "hwy/foreach_target.h"
// (the order matters)
#include "hwy/highway.h"
#include "models/engine/cpu/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace recur::engine::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Vector = hn::CappedTag<float, kBlock>;  // a vector of at most a block

template <class Cell>
void forward(const StepForward& step) {
  using P = Plan<Cell>;
  const Vector d;
  const auto lanes_at_once = static_cast<int64_t>(hn::Lanes(d));
  const auto& in = step.in;
  for (int64_t row = 0; row < in.rows; ++row) {
    for (int64_t block = 0; block < in.blocks; ++block) {
      for (int64_t lane = 0; lane < kBlock; lane += lanes_at_once) {
        const Place at{row, block, lane};
        Lanes<Cell, Vector> lanes;
        evaluate_all(lanes, d, in, at, std::make_integer_sequence<int, P::kSize>{});
        const int64_t to = row * in.state_stride + at.unit();
        for (int s = 0; s < P::kProgram.states; ++s) {
          hn::StoreU(lanes.value[P::kProgram.next_state[s]], d, step.next[s] + to);
        }
        hn::StoreU(lanes.value[P::kProgram.next_state[0]], d, step.output + to);
      }
    }
  }
}

template <class Cell>
void backward(const StepBackward& step) {
  using P = Plan<Cell>;
  const Vector d;
  const auto lanes_at_once = static_cast<int64_t>(hn::Lanes(d));
  const auto& in = step.in;
  const auto iota = hn::Iota(d, 0.0f);
  for (int64_t row = 0; row < in.rows; ++row) {
    for (int64_t block = 0; block < in.blocks; ++block) {
      const int64_t units = block + 1 < in.blocks ? kBlock : in.last_units;
      for (int64_t lane = 0; lane < kBlock; lane += lanes_at_once) {
        const Place at{row, block, lane};
        Lanes<Cell, Vector> lanes;
        evaluate_all(lanes, d, in, at, std::make_integer_sequence<int, P::kSize>{});
        const int64_t from = row * in.state_stride + at.unit();
        for (int s = 0; s < P::kProgram.states; ++s) {
          auto g = hn::LoadU(d, step.state_gradient[s] + from);
          if (s == 0) g = hn::Add(g, hn::LoadU(d, step.output_gradient + from));
          // Two states may be one value.
          bool is_first = true;
          for (int other = 0; other < s; ++other) {
            if (P::kProgram.next_state[other] == P::kProgram.next_state[s]) is_first = false;
          }
          auto& sum = lanes.gradient[P::kProgram.next_state[s]];
          sum = is_first ? g : hn::Add(sum, g);
        }
        reverse_all(lanes, d, std::make_integer_sequence<int, P::kSize>{});
        const auto limit = hn::Set(d, static_cast<float>(units - lane));
        const auto mask = hn::IfThenElseZero(hn::Lt(iota, limit), hn::Set(d, 1.0f));
        store_gradients(lanes, d, step, at, mask, std::make_integer_sequence<int, P::kSize>{});
      }
    }
  }
}

template <class Cell>
StepKernels kernels_of() {
  if constexpr (Plan<Cell>::kUse.is_fusable) {
    static_assert(Plan<Cell>::kProgram.states <= kMostStates && Plan<Cell>::kProgram.units <= kMostUnits);
    return {.forward = &forward<Cell>, .backward = &backward<Cell>};
  } else {
    return {};
  }
}

template <class... Cells>
StepKernels kernels_of(cells::CellList<Cells...> /*catalog*/, size_t cell) {
  const StepKernels all[] = {kernels_of<Cells>()...};
  return all[cell];
}

StepKernels catalog_kernels(size_t cell) {
  return kernels_of(cells::Catalog{}, cell);
}

}  // namespace recur::engine::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace recur::engine::cpu {

HWY_EXPORT(catalog_kernels);

StepKernels step_kernels(size_t cell) {
  return HWY_DYNAMIC_DISPATCH(catalog_kernels)(cell);
}

const char* instruction_set() {
  const int64_t targets = hwy::SupportedTargets() & HWY_TARGETS;
  return hwy::TargetName(targets & -targets);  // the best has the lowest bit
}

}  // namespace recur::engine::cpu
#endif
