#pragma once

#include <cstdint>
#include <random>

#include "core/scramble.h"

namespace recur {

enum class MemorySplit {
  kTrain,
  kValidation,
  kTest,
  kFresh,  ///< drawn as the test split is, and in no split
};

/// What is drawn for one example: a pure function of these four numbers, the same on every machine.
class Draw {
 public:
  Draw(int64_t seed, MemorySplit split, int64_t epoch, int64_t index)
      : engine_(mixed(mixed(mixed(mixed(0, seed), static_cast<int64_t>(split)), epoch), index)) {}

  // Bits straight from the engine: the standard fixes them, and not what its distributions make of them.
  /// Uniform in [0, 1), with the 24 bits of a float.
  float uniform() { return static_cast<float>(engine_() >> 40) * 0x1p-24f; }
  /// 0 ... n - 1.
  int64_t below(int64_t n) { return static_cast<int64_t>(engine_() % static_cast<uint64_t>(n)); }

 private:
  static uint64_t mixed(uint64_t before, int64_t number) {
    return scrambled(before ^ scrambled(static_cast<uint64_t>(number)));
  }

  std::mt19937_64 engine_;
};

}  // namespace recur
