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

/// e^x for x in [-87, 88]; 2 ulp.  x = n ln 2 + r with |r| <= ln 2 / 2, a polynomial in r, and 2^n from bits.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V exp_within(D d, V x) {
  const hn::RebindToSigned<D> di;
  const auto n = hn::NearestInt(hn::Mul(x, hn::Set(d, 1.44269504088896341f)));
  const auto nf = hn::ConvertTo(d, n);
  auto r = hn::NegMulAdd(nf, hn::Set(d, 0.693359375f), x);
  r = hn::NegMulAdd(nf, hn::Set(d, -2.12194440e-4f), r);
  auto p = hn::Set(d, 1.9875691500e-4f);  // Cephes, expf
  p = hn::MulAdd(p, r, hn::Set(d, 1.3981999507e-3f));
  p = hn::MulAdd(p, r, hn::Set(d, 8.3334519073e-3f));
  p = hn::MulAdd(p, r, hn::Set(d, 4.1665795894e-2f));
  p = hn::MulAdd(p, r, hn::Set(d, 1.6666665459e-1f));
  p = hn::MulAdd(p, r, hn::Set(d, 5.0000001201e-1f));
  p = hn::MulAdd(hn::Mul(p, r), r, hn::Add(r, hn::Set(d, 1.0f)));
  const auto power = hn::ShiftLeft<23>(hn::Add(n, hn::Set(di, 127)));
  return hn::Mul(p, hn::BitCast(d, power));
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V vector_sigmoid(D d, V x) {
  const auto one = hn::Set(d, 1.0f);
  const auto within = hn::Clamp(x, hn::Set(d, -87.0f), hn::Set(d, 87.0f));
  return keep_nan(d, x, hn::Div(one, hn::Add(one, exp_within(d, hn::Neg(within)))));
}

/// A polynomial near 0, where 1 - 2 / (e^2x + 1) would lose digits.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V vector_tanh(D d, V x) {
  const auto one = hn::Set(d, 1.0f), two = hn::Set(d, 2.0f);
  const auto size = hn::Abs(x);
  const auto square = hn::Mul(x, x);
  auto p = hn::Set(d, -5.70498872745e-3f);  // Cephes, tanhf
  p = hn::MulAdd(p, square, hn::Set(d, 2.06390887954e-2f));
  p = hn::MulAdd(p, square, hn::Set(d, -5.37397155531e-2f));
  p = hn::MulAdd(p, square, hn::Set(d, 1.33314422036e-1f));
  p = hn::MulAdd(p, square, hn::Set(d, -3.33332819422e-1f));
  const auto near = hn::MulAdd(hn::Mul(p, square), x, x);
  const auto power = exp_within(d, hn::Min(hn::Add(size, size), hn::Set(d, 87.0f)));
  const auto far = hn::CopySign(hn::Sub(one, hn::Div(two, hn::Add(power, one))), x);
  return keep_nan(d, x, hn::IfThenElse(hn::Lt(size, hn::Set(d, 0.625f)), near, far));
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
  const auto power = exp_within(d, hn::Clamp(x, hn::Set(d, -87.0f), hn::Set(d, 20.0f)));
  return keep_nan(d, x, hn::IfThenElse(hn::Gt(x, hn::Set(d, 20.0f)), x, hn::Log1p(d, power)));
}

}  // namespace recur::engine::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
