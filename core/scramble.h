#pragma once

#include <cstdint>

namespace recur {

/// scrambled(seed + k * kScrambleStep), k = 0, 1, ..., are splitmix64's random numbers.
constexpr uint64_t kScrambleStep = 0x9E3779B97F4A7C15;

/// A hash of a number: near numbers give unrelated ones, the same on every machine (splitmix64's finalizer; Steele et
/// al., Fast splittable pseudorandom number generators, 2014).
constexpr uint64_t scrambled(uint64_t x) {
  x += kScrambleStep;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  return x ^ (x >> 31);
}

}  // namespace recur
