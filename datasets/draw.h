#pragma once

#include <cstdint>
#include <initializer_list>
#include <random>

#include "core/scramble.h"

namespace recur {

/// What is drawn for one made-up example: a pure function of the numbers of its key (seed, split, index, ...), the same
/// on every machine.
class Draw {
 public:
  explicit Draw(std::initializer_list<int64_t> key) : engine_(mixed(key)) {}

  // Bits straight from the engine: the standard fixes them, and not what its distributions make of them.
  /// Uniform in [0, 1), with the 24 bits of a float.
  float uniform() { return static_cast<float>(engine_() >> 40) * 0x1p-24f; }
  double between(double low, double high) { return low + (high - low) * static_cast<double>(uniform()); }
  /// 0 ... n - 1.
  int64_t below(int64_t n) { return static_cast<int64_t>(engine_() % static_cast<uint64_t>(n)); }
  /// A seed for another generator.
  uint64_t bits() { return engine_(); }

 private:
  static uint64_t mixed(std::initializer_list<int64_t> key) {
    uint64_t hash = 0;
    for (const int64_t number : key) hash = scrambled(hash ^ scrambled(static_cast<uint64_t>(number)));
    return hash;
  }

  std::mt19937_64 engine_;
};

}  // namespace recur
