#include "models/engine/cpu/fingerprint.h"

#include "models/engine/cpu/instruction_sets.h"

// Read anew for each of them.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "models/engine/cpu/fingerprint.cpp"
#include "hwy/foreach_target.h"
// (the order matters)
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace recur::engine::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr uint32_t kOdd = 0x9E3779B1;  // a prime near 2^32 / the golden ratio (xxHash)

HWY_INLINE uint64_t mix(uint64_t hash, uint64_t word) {
  hash = (hash ^ word) * 0x9E3779B185EBCA87;  // xxHash
  return hash ^ (hash >> 29);
}

/// Each lane is a hash of its own, in steps that no two words leave alike.  (Without the shift the highest bits would
/// not be mixed, and a change of two signs might not show.)
uint64_t hash(const float* numbers, int64_t count) {
  const hn::CappedTag<uint32_t, 16> d;
  constexpr int kChains = 4;  // a multiplication takes some cycles
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  const auto odd = hn::Set(d, kOdd);
  const auto* const words = reinterpret_cast<const uint32_t*>(numbers);
  hn::Vec<decltype(d)> chain[kChains];
  for (int c = 0; c < kChains; ++c) chain[c] = hn::Iota(d, static_cast<uint32_t>(c * lanes));
  int64_t k = 0;
  for (; k + kChains * lanes <= count; k += kChains * lanes) {
    HWY_UNROLL(4)
    for (int c = 0; c < kChains; ++c) {
      const auto product = hn::Mul(hn::Xor(chain[c], hn::LoadU(d, words + k + c * lanes)), odd);
      chain[c] = hn::Xor(product, hn::ShiftRight<15>(product));
    }
  }
  uint64_t result = static_cast<uint64_t>(count);
  uint32_t lane[16];
  for (int c = 0; c < kChains; ++c) {
    hn::StoreU(chain[c], d, lane);
    for (int64_t n = 0; n < lanes; ++n) result = mix(result, lane[n]);
  }
  for (; k < count; ++k) result = mix(result, words[k]);
  return result;
}

}  // namespace recur::engine::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace recur::engine::cpu {

HWY_EXPORT(hash);

uint64_t fingerprint(const float* numbers, int64_t count) {
  return HWY_DYNAMIC_DISPATCH(hash)(numbers, count);
}

}  // namespace recur::engine::cpu
#endif
