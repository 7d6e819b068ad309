// A cell's program on vectors of hidden units: its values, and by the chain rule from the last instruction to the first
// their gradients.  All loops over the program are unrolled by the compiler.  Read once for every instruction set.
#include <array>
#include <utility>

#include "hwy/highway.h"
#include "models/engine/cpu/functions-inl.h"
#include "models/engine/cpu/step.h"
#include "models/engine/plan.h"

#if defined(RECUR_CPU_LANES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RECUR_CPU_LANES_INL_H_
#undef RECUR_CPU_LANES_INL_H_
#else
#define RECUR_CPU_LANES_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace recur::engine::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Where the lanes of one vector lie: sequence `row`, units from `block` * kBlock + `lane`.
/// @tparam kWhole  all lanes are units; else only the first `units` of them are, 0 or more
template <bool kWhole>
struct Place {
  int64_t row, block, lane, units;
  int64_t unit() const { return block * kBlock + lane; }

  /// From or to a row that has nothing behind its last unit.  Lanes without a unit are read as 0.
  template <class D>
  HWY_INLINE hn::Vec<D> load(D d, const float* from) const {
    if constexpr (kWhole) {
      return hn::LoadU(d, from + unit());
    } else {
      float lanes[kBlock] = {};
      for (int64_t k = 0; k < units; ++k) lanes[k] = from[unit() + k];
      return hn::LoadU(d, lanes);
    }
  }
  template <class D>
  HWY_INLINE void store(D d, hn::Vec<D> v, float* to) const {
    if constexpr (kWhole) {
      hn::StoreU(v, d, to + unit());
    } else {
      float lanes[kBlock];
      hn::StoreU(v, d, lanes);
      for (int64_t k = 0; k < units; ++k) to[unit() + k] = lanes[k];
    }
  }
  /// 0 in lanes without a unit: there a gradient would reach others through U.
  template <class D>
  HWY_INLINE hn::Vec<D> mask(D d, hn::Vec<D> v) const {
    if constexpr (kWhole) return v;
    return hn::IfThenElseZero(hn::Lt(hn::Iota(d, 0.0f), hn::Set(d, static_cast<float>(units))), v);
  }
};

/// What stands in a step's sums.
enum class Sums {
  kPlain,        ///< sums
  kActivated,    ///< the activated gates in their place: all that are kept
  kForArgument,  ///< sums, of which only those are read that the late gates' argument is made of
  kRest,         ///< these activated, the rest plain
};

template <class Cell, class D>
struct Lanes {
  using V = hn::Vec<D>;
  using P = Plan<Cell>;
  static constexpr int kSummed = P::kUse.summed_count, kApart = P::kUse.apart_count, kLate = P::kUse.late_count;

  V value[P::kSize];
  V gradient[P::kSize];

  /// Of the sum of a gate that is summed or late, in a row of sums.
  template <int kGate, class At>
  static HWY_INLINE int64_t sum_offset(const StepRows& in, const At& at) {
    constexpr int late = P::late_position(kGate), summed = P::summed_position(kGate);
    if constexpr (late < 0) return (at.block * kSummed + summed) * kBlock + at.lane;
    return in.blocks() * (kSummed + kApart) * kBlock + (at.block * kLate + late) * kBlock + at.lane;
  }
  template <class At>
  static HWY_INLINE int64_t apart_offset(const At& at, int k) {
    return (at.block * kApart + k) * kBlock + at.lane;
  }
  /// Of the products with x in a row of sums.
  template <class At>
  static HWY_INLINE int64_t apart_x_offset(const StepRows& in, const At& at, int k) {
    return in.blocks() * kSummed * kBlock + apart_offset(at, k);
  }

  template <int I, Sums kSums, class At>
  HWY_INLINE void evaluate(D d, const StepRows& in, const At& at) {
    constexpr auto instruction = P::kProgram.instructions[I];
    constexpr auto op = instruction.op;
    constexpr int a = instruction.a, b = instruction.b;
    constexpr bool is_activated = kSums == Sums::kActivated || (kSums == Sums::kRest && P::kBefore[I]);
    if constexpr ((is_activated && P::is_replaced(I)) || (kSums == Sums::kForArgument && !P::kBefore[I])) {
      // its value is not needed
    } else if constexpr (is_activated && P::is_kept(I)) {
      value[I] = hn::LoadU(d, in.sums + at.row * in.sums_stride + sum_offset<P::gate_of_sum(a)>(in, at));
    } else if constexpr (op == Op::kState) {
      value[I] = at.load(d, in.previous[a] + at.row * in.units);
    } else if constexpr (op == Op::kUnit) {
      value[I] = at.load(d, in.unit_parameters[a]);
    } else if constexpr (op == Op::kConstant) {
      value[I] = hn::Set(d, static_cast<float>(instruction.constant));
    } else if constexpr (op == Op::kInputMap) {
      constexpr int apart = P::apart_position(a);
      if constexpr (apart >= 0) value[I] = load_sum(d, in, at, apart_x_offset(in, at, apart));
    } else if constexpr (op == Op::kStateMap) {
      constexpr int apart = P::apart_position(a);
      if constexpr (apart >= 0) {
        const int64_t offset = apart_offset(at, apart);
        value[I] =
            hn::Add(hn::LoadU(d, in.apart + at.row * in.apart_stride + offset), hn::LoadU(d, in.apart_bias + offset));
      }
    } else if constexpr (is_gate_sum(P::kProgram, I)) {
      value[I] = load_sum(d, in, at, sum_offset<P::gate_of_sum(I)>(in, at));
    } else if constexpr (op == Op::kAdd) {
      value[I] = hn::Add(value[a], value[b]);
    } else if constexpr (op == Op::kSubtract) {
      value[I] = hn::Sub(value[a], value[b]);
    } else if constexpr (op == Op::kMultiply) {
      value[I] = hn::Mul(value[a], value[b]);
    } else if constexpr (op == Op::kDivide) {
      value[I] = hn::Div(value[a], value[b]);
    } else if constexpr (op == Op::kMaximum) {
      value[I] = keep_nan(d, value[b], keep_nan(d, value[a], hn::Max(value[a], value[b])));
    } else if constexpr (op == Op::kNegate) {
      value[I] = hn::Neg(value[a]);
    } else if constexpr (op == Op::kSigmoid) {
      value[I] = vector_sigmoid(d, value[a]);
    } else if constexpr (op == Op::kTanh) {
      value[I] = vector_tanh(d, value[a]);
    } else if constexpr (op == Op::kRelu) {
      value[I] = keep_nan(d, value[a], hn::Max(value[a], hn::Zero(d)));
    } else if constexpr (op == Op::kExp) {
      value[I] = vector_exp(d, value[a]);
    } else if constexpr (op == Op::kLog) {
      value[I] = vector_log(d, value[a]);
    } else if constexpr (op == Op::kAbs) {
      value[I] = hn::Abs(value[a]);
    } else if constexpr (op == Op::kSoftplus) {
      value[I] = vector_softplus(d, value[a]);
    }
  }

  /// Leaves what later passes need of instruction I in place of the sum.
  template <int I, Sums kSums, class At>
  HWY_INLINE void keep(D d, const StepForward& step, const At& at) const {
    if constexpr (P::is_kept(I) && P::kBefore[I] == (kSums == Sums::kForArgument)) {
      const int64_t offset = sum_offset<P::gate_of_sum(P::kProgram.instructions[I].a)>(step.in, at);
      hn::StoreU(value[I], d, step.kept_sums + at.row * step.in.sums_stride + offset);
    }
  }

  template <int I, bool Second>
  HWY_INLINE void pass(V g) {
    constexpr auto instruction = P::kProgram.instructions[I];
    constexpr int to = Second ? instruction.b : instruction.a;
    if constexpr (P::is_started(to, I, Second)) {
      gradient[to] = hn::Add(gradient[to], g);
    } else {
      gradient[to] = g;
    }
  }

  template <int I>
  HWY_INLINE void reverse(D d) {
    constexpr auto instruction = P::kProgram.instructions[I];
    constexpr auto op = instruction.op;
    if constexpr ((is_binary(op) || is_unary(op)) && P::has_gradient(I)) {
      constexpr int A = instruction.a, B = is_binary(op) ? instruction.b : 0;
      const auto one = hn::Set(d, 1.0f);
      const V g = gradient[I], y = value[I];
      V a = y;  // unless it was replaced, and then is not needed
      if constexpr (!P::is_replaced(A)) a = value[A];
      if constexpr (op == Op::kAdd) {
        pass<I, false>(g);
        pass<I, true>(g);
      } else if constexpr (op == Op::kSubtract) {
        pass<I, false>(g);
        pass<I, true>(hn::Neg(g));
      } else if constexpr (op == Op::kMultiply) {
        pass<I, false>(hn::Mul(g, value[B]));
        pass<I, true>(hn::Mul(g, a));
      } else if constexpr (op == Op::kDivide) {
        const V quotient = hn::Div(g, value[B]);
        pass<I, false>(quotient);
        pass<I, true>(hn::Neg(hn::Mul(quotient, y)));
      } else if constexpr (op == Op::kMaximum) {  // torch: halves where both are the maximum
        const V half = hn::Mul(g, hn::Set(d, 0.5f)), tie = hn::IfThenElseZero(hn::Eq(a, value[B]), half);
        pass<I, false>(hn::IfThenElse(hn::Gt(a, value[B]), g, tie));
        pass<I, true>(hn::IfThenElse(hn::Lt(a, value[B]), g, tie));
      } else if constexpr (op == Op::kNegate) {
        pass<I, false>(hn::Neg(g));
      } else if constexpr (op == Op::kSigmoid) {
        pass<I, false>(hn::Mul(g, hn::Mul(y, hn::Sub(one, y))));
      } else if constexpr (op == Op::kTanh) {
        pass<I, false>(hn::Mul(g, hn::NegMulAdd(y, y, one)));
      } else if constexpr (op == Op::kRelu) {
        pass<I, false>(hn::IfThenZeroElse(hn::Le(y, hn::Zero(d)), g));
      } else if constexpr (op == Op::kExp) {
        pass<I, false>(hn::Mul(g, y));
      } else if constexpr (op == Op::kLog) {
        pass<I, false>(hn::Div(g, a));
      } else if constexpr (op == Op::kAbs) {
        pass<I, false>(hn::IfThenElseZero(hn::Ne(a, hn::Zero(d)), hn::Mul(g, hn::CopySign(one, a))));
      } else if constexpr (op == Op::kSoftplus) {
        pass<I, false>(hn::Mul(g, vector_sigmoid(d, a)));
      }
    }
  }

  /// Writes what leaf I has gathered; of late gates store_late_gradient does.
  template <int I, class At>
  HWY_INLINE void store_gradient(D d, const StepBackward& step, const At& at) {
    constexpr auto instruction = P::kProgram.instructions[I];
    constexpr auto op = instruction.op;
    constexpr int a = instruction.a;
    const auto& in = step.in;
    if constexpr (op == Op::kState) {
      float* const to = step.state_gradient[a] + at.row * step.state_gradient_stride + at.unit();
      hn::StoreU(at.mask(d, gradient_of<I>(d)), d, to);
    } else if constexpr (op == Op::kUnit) {
      float* const sum = step.unit_parameters_gradient[a] + at.unit();
      hn::StoreU(hn::Add(hn::LoadU(d, sum), gradient_of<I>(d)), d, sum);
    } else if constexpr (op == Op::kInputMap && P::apart_position(a) >= 0) {
      store_sum_gradient<I>(d, step, at, apart_x_offset(in, at, P::apart_position(a)));
    } else if constexpr (op == Op::kInputMap && P::late_position(a) < 0) {
      store_sum_gradient<I>(d, step, at, sum_offset<a>(in, at));
    } else if constexpr (op == Op::kStateMap && P::apart_position(a) >= 0) {
      const int64_t offset = apart_offset(at, P::apart_position(a));
      hn::StoreU(at.mask(d, gradient_of<I>(d)), d, step.apart_gradient + at.row * in.apart_stride + offset);
    }
  }

  template <int I, class At>
  HWY_INLINE void store_late_gradient(D d, const StepBackward& step, const At& at) {
    constexpr auto instruction = P::kProgram.instructions[I];
    if constexpr (instruction.op == Op::kInputMap && P::late_position(instruction.a) >= 0) {
      store_sum_gradient<I>(d, step, at, sum_offset<instruction.a>(step.in, at));
    }
  }

 private:
  template <int I, class At>
  HWY_INLINE void store_sum_gradient(D d, const StepBackward& step, const At& at, int64_t offset) {
    hn::StoreU(at.mask(d, gradient_of<I>(d)), d, step.sums_gradient + at.row * step.in.sums_stride + offset);
  }
  template <class At>
  static HWY_INLINE V load_sum(D d, const StepRows& in, const At& at, int64_t offset) {
    return hn::Add(hn::LoadU(d, in.sums + at.row * in.sums_stride + offset), hn::LoadU(d, in.bias + offset));
  }
  template <int I>
  HWY_INLINE V gradient_of(D d) const {
    if constexpr (P::has_gradient(I)) {
      return gradient[I];
    } else {
      return hn::Zero(d);
    }
  }
};

template <Sums kSums, class Cell, class D, class At, int... I>
HWY_INLINE void evaluate_all(Lanes<Cell, D>& lanes, D d, const StepRows& in, const At& at,
                             std::integer_sequence<int, I...>) {
  (lanes.template evaluate<I, kSums>(d, in, at), ...);
}

template <Sums kSums, class Cell, class D, class At, int... I>
HWY_INLINE void keep_all(const Lanes<Cell, D>& lanes, D d, const StepForward& step, const At& at,
                         std::integer_sequence<int, I...>) {
  (lanes.template keep<I, kSums>(d, step, at), ...);
}

template <class Cell, class D, int... I>
HWY_INLINE void reverse_all(Lanes<Cell, D>& lanes, D d, std::integer_sequence<int, I...>) {
  (lanes.template reverse<Plan<Cell>::kSize - 1 - I>(d), ...);
}

template <class Cell, class D, class At, int... I>
HWY_INLINE void store_gradients(Lanes<Cell, D>& lanes, D d, const StepBackward& step, const At& at,
                                std::integer_sequence<int, I...>) {
  (lanes.template store_gradient<I>(d, step, at), ...);
}

template <class Cell, class D, class At, int... I>
HWY_INLINE void store_late_gradients(Lanes<Cell, D>& lanes, D d, const StepBackward& step, const At& at,
                                     std::integer_sequence<int, I...>) {
  (lanes.template store_late_gradient<I>(d, step, at), ...);
}

}  // namespace recur::engine::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
