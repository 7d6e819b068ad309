#include "models/engine/cpu/bf16.h"

#include <algorithm>

#include "models/engine/cpu/instruction_sets.h"
#include "models/engine/cpu/tiles.h"

// Read anew for each of them.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/engine/cpu/bf16.cpp"
#include "hwy/foreach_target.h"
// (the order matters)
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace recur::engine::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Tag = hn::CappedTag<float, kPanel>;

HWY_INLINE hn::Vec<Tag> rounded(hn::Vec<Tag> number) {
  const Tag d;
  const hn::RebindToUnsigned<Tag> bits;
  const auto u = hn::BitCast(bits, number), upper = hn::Set(bits, 0xffff0000U);
  const auto odd = hn::And(hn::ShiftRight<16>(u), hn::Set(bits, 1U));
  const auto nearest = hn::And(hn::Add(hn::Add(u, hn::Set(bits, 0x7fffU)), odd), upper);
  const auto not_a_number = hn::Or(hn::And(u, upper), hn::Set(bits, 0x00400000U));
  return hn::IfThenElse(hn::IsNaN(number), hn::BitCast(d, not_a_number), hn::BitCast(d, nearest));
}

void round_floats(const float* from, int64_t count, float* to) {
  const Tag d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t k = 0;
  for (; k + lanes <= count; k += lanes) hn::StoreU(rounded(hn::LoadU(d, from + k)), d, to + k);
  if (k == count) return;
  float rest[kPanel] = {};
  std::copy_n(from + k, count - k, rest);
  hn::StoreU(rounded(hn::LoadU(d, rest)), d, rest);
  std::copy_n(rest, count - k, to + k);
}

}  // namespace recur::engine::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#if HWY_ARCH_X86_64
#include <immintrin.h>
#endif

namespace recur::engine::cpu {
namespace {

HWY_EXPORT(round_floats);

#if HWY_ARCH_X86_64
#define RECUR_AVX512_BF16 __attribute__((target("avx512f,avx512bw,avx512vl,avx512bf16")))

RECUR_AVX512_BF16 void pair_row(const float* from, int64_t count, float* to) {
  int64_t k = 0;
  for (; k + 16 <= count; k += 16) {
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + k / 2),
                        reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(_mm512_loadu_ps(from + k))));
  }
  if (k == count) return;
  const auto rest = static_cast<uint32_t>(count - k);
  const auto last = _mm512_cvtneps_pbh(_mm512_maskz_loadu_ps(static_cast<__mmask16>((1U << rest) - 1), from + k));
  _mm256_mask_storeu_epi32(to + k / 2, static_cast<__mmask8>((1U << (rest + 1) / 2) - 1),
                           reinterpret_cast<__m256i>(last));
}

constexpr __mmask16 kAll = 0xffff;  // without a mask g++ 12 warns of its own header (GCC bug 105593)

RECUR_AVX512_BF16 __m512i widened(__m512 numbers) {
  return _mm512_maskz_cvtepu16_epi32(kAll, reinterpret_cast<__m256i>(_mm512_cvtneps_pbh(numbers)));
}

RECUR_AVX512_BF16 void pair_two_rows(const float* first, const float* second, float* to) {
  const auto low = widened(_mm512_loadu_ps(first));
  const auto high = widened(second != nullptr ? _mm512_loadu_ps(second) : _mm512_setzero_ps());
  _mm512_storeu_si512(to, _mm512_or_si512(low, _mm512_maskz_slli_epi32(kAll, high, 16)));
}
#endif

}  // namespace

Numbers best_bf16() {
#if HWY_ARCH_X86_64
  static const bool has_pairs = __builtin_cpu_supports("avx512bf16") != 0;
  if (has_pairs && (hwy::SupportedTargets() & HWY_AVX3) != 0) return Numbers::kBf16Pairs;
#endif
  return Numbers::kBf16;
}

void round_row([[maybe_unused]] Numbers numbers, const float* from, int64_t count, float* to) {
#if HWY_ARCH_X86_64
  if (numbers == Numbers::kBf16Pairs) return pair_row(from, count, to);
#endif
  HWY_DYNAMIC_DISPATCH(round_floats)(from, count, to);
}

void round_two_rows(Numbers numbers, const float* first, const float* second, float* to) {
#if HWY_ARCH_X86_64
  if (numbers == Numbers::kBf16Pairs) return pair_two_rows(first, second, to);
#endif
  round_row(numbers, first, kPanel, to);
  if (second != nullptr) round_row(numbers, second, kPanel, to + kPanel);
}

}  // namespace recur::engine::cpu
#endif
