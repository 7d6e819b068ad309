// Products of bf16: f32 rounded to its upper 16 bits, multiplied, and added up in f32.  Here: how the numbers of such a
// product lie.  Where the machine multiplies pairs in one instruction (AVX512_BF16), two that follow each other along
// the product's depth share the room of one float; elsewhere each is a float, rounded.
#pragma once

#include <cstdint>

namespace recur::engine::cpu {

/// What both sides of a product are made of.
enum class Numbers : uint8_t { kF32, kBf16, kBf16Pairs };

/// bf16 as this machine multiplies it fastest.
Numbers best_bf16();

/// Floats that have room for `count` numbers along a product's depth.
inline int64_t room_of(Numbers numbers, int64_t count) {
  return numbers == Numbers::kBf16Pairs ? (count + 1) / 2 : count;
}

/// `count` numbers along the depth, to room_of(count) floats; ties round to even.  Not for kF32, which need not move.
void round_row(Numbers numbers, const float* from, int64_t count, float* to);

/// kPanel numbers at each of two depths, or at one where `second` is null: to two rows of a panel, or to one of pairs.
void round_two_rows(Numbers numbers, const float* first, const float* second, float* to);

}  // namespace recur::engine::cpu
