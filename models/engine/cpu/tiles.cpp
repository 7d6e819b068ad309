#include "models/engine/cpu/tiles.h"

#include <algorithm>

#include "models/engine/cpu/instruction_sets.h"

// Read anew for each of them.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/engine/cpu/tiles.cpp"
#include "hwy/foreach_target.h"
// (the order matters)
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace recur::engine::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Vector = hn::CappedTag<float, kPanel>;

template <class V>
HWY_INLINE V multiply_add(V value, V row, V sum) {
  return hn::MulAdd(value, row, sum);
}

#include "models/engine/cpu/tiles-inl.h"

}  // namespace recur::engine::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

// Pairs of bf16, which Highway does not yet multiply in one instruction.
#if HWY_TARGET == HWY_AVX3
HWY_PUSH_ATTRIBUTES(HWY_TARGET_STR ",avx512bf16")
namespace recur::engine::cpu::avx512_bf16 {
namespace hn = hwy::HWY_NAMESPACE;

using Vector = hn::CappedTag<float, kPanel>;

template <class V>
HWY_INLINE V multiply_add(V value, V row, V sum) {
  const auto pairs = [](V v) HWY_ATTR { return reinterpret_cast<__m512bh>(v.raw); };
  return V{_mm512_dpbf16_ps(sum.raw, pairs(value), pairs(row))};
}

#include "models/engine/cpu/tiles-inl.h"

}  // namespace recur::engine::cpu::avx512_bf16
HWY_POP_ATTRIBUTES
#endif

#if HWY_ONCE
namespace recur::engine::cpu {

HWY_EXPORT(multiply);

void multiply_tiles(const TileProduct& product) {
#if HWY_TARGETS & HWY_AVX3
  if (product.numbers == Numbers::kBf16Pairs) return avx512_bf16::multiply(product);
#endif
  HWY_DYNAMIC_DISPATCH(multiply)(product);
}

}  // namespace recur::engine::cpu
#endif
