// exp, sigmoid, tanh and the like on vectors of floats.  No include guard in the usual sense: read once for every
// instruction set (Highway).
#include <limits>

#include "hwy/contrib/math/math-inl.h"
#include "hwy/highway.h"

#if defined(RECUR_CPU_FUNCTIONS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef RECUR_CPU_FUNCTIONS_INL_H_
#undef RECUR_CPU_FUNCTIONS_INL_H_
#else
#define RECUR_CPU_FUNCTIONS_INL_H_
#endif

HWY_BEFORE_NAMESPACE();
namespace recur::engine::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// NaN where x is, else y: minimum and maximum on x86 lose it.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V keep_nan(D /*d*/, V x, V y) {
  return hn::IfThenElse(hn::IsNaN(x), x, y);
}

/// x within [low, high]; NaN stays.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V clamp(D d, V x, float low, float high) {
  const auto within = hn::Min(hn::Set(d, high), hn::Max(hn::Set(d, low), x));
#if HWY_ARCH_X86 && HWY_TARGET != HWY_EMU128 && HWY_TARGET != HWY_SCALAR
  return within;  // x86's vectors give the second operand where one is NaN
#else
  return keep_nan(d, x, within);
#endif
}

/// e^x = 2^n (1 + tail) with |tail| < 1/2, for x in [-87, 88]: x = n ln 2 + r with |r| <= ln 2 / 2, a polynomial in r,
/// and 2^n from bits.
template <class D, class V = hn::Vec<D>>
struct Power {
  V two_to_n, tail;

  HWY_INLINE Power(D d, V x) {
    // Added to a number of this size, a float is rounded to a whole one, which then stands in its last bits.
    const auto rounder = hn::Set(d, 0x1.8p23f + 127);  // 127: the exponent's bias
    const auto rounded = hn::MulAdd(x, hn::Set(d, 1.44269504088896341f), rounder);
    const auto n = hn::Sub(rounded, rounder);
    auto r = hn::NegMulAdd(n, hn::Set(d, 0.693359375f), x);
    r = hn::NegMulAdd(n, hn::Set(d, -2.12194440e-4f), r);
    auto p = hn::Set(d, 1.9875691500e-4f);  // Cephes, expf
    p = hn::MulAdd(p, r, hn::Set(d, 1.3981999507e-3f));
    p = hn::MulAdd(p, r, hn::Set(d, 8.3334519073e-3f));
    p = hn::MulAdd(p, r, hn::Set(d, 4.1665795894e-2f));
    p = hn::MulAdd(p, r, hn::Set(d, 1.6666665459e-1f));
    p = hn::MulAdd(p, r, hn::Set(d, 5.0000001201e-1f));
    tail = hn::MulAdd(hn::Mul(p, r), r, r);
    two_to_n = hn::BitCast(d, hn::ShiftLeft<23>(hn::BitCast(hn::RebindToSigned<D>(), rounded)));
  }
  /// 2 ulp.
  HWY_INLINE V value() const { return hn::MulAdd(two_to_n, tail, two_to_n); }
  /// e^x - 1 to 3 ulp, near 0 too.
  HWY_INLINE V minus_one(D d) const { return hn::MulAdd(two_to_n, tail, hn::Sub(two_to_n, hn::Set(d, 1.0f))); }
};

template <class D, class V = hn::Vec<D>>
HWY_INLINE V vector_sigmoid(D d, V x) {
  const auto one = hn::Set(d, 1.0f);
  return hn::Div(one, hn::Add(one, Power<D>(d, hn::Neg(clamp(d, x, -87.0f, 87.0f))).value()));
}

/// (e^2x - 1) / (e^2x + 1).  Beyond 10 it is 1 in f32.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V vector_tanh(D d, V x) {
  const auto within = clamp(d, x, -10.0f, 10.0f);
  const auto e = Power<D>(d, hn::Add(within, within)).minus_one(d);
  return hn::Div(e, hn::Add(e, hn::Set(d, 2.0f)));
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V vector_exp(D d, V x) {
  const auto infinity = hn::Set(d, std::numeric_limits<float>::infinity());
  const auto power = hn::Exp(d, hn::Min(x, hn::Set(d, 88.0f)));
  const auto high =
      hn::Mul(power, hn::Exp(d, hn::Sub(hn::Clamp(x, hn::Set(d, 88.0f), hn::Set(d, 104.0f)), hn::Set(d, 88.0f))));
  return keep_nan(d, x, hn::IfThenElse(hn::Gt(x, hn::Set(d, 104.0f)), infinity, high));
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V vector_log(D d, V x) {
  const auto zero = hn::Zero(d), infinity = hn::Set(d, std::numeric_limits<float>::infinity());
  auto y = hn::IfThenElse(hn::Eq(x, infinity), infinity, hn::Log(d, x));
  y = hn::IfThenElse(hn::Eq(x, zero), hn::Neg(infinity), y);
  return keep_nan(d, x, hn::IfThenElse(hn::Lt(x, zero), hn::NaN(d), y));
}

/// log(1 + e^x), as torch: x itself above 20.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V vector_softplus(D d, V x) {
  const auto power = Power<D>(d, clamp(d, x, -87.0f, 20.0f)).value();
  return keep_nan(d, x, hn::IfThenElse(hn::Gt(x, hn::Set(d, 20.0f)), x, hn::Log1p(d, power)));
}

}  // namespace recur::engine::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
