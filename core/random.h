// What random operations draw from when several threads compute at once.
#pragma once

#include <cstdint>
#include <optional>

#include <ATen/core/Generator.h>

namespace recur {

/// While one lives, random_generator() is for its thread a CPU generator of its own that begins at `seed`: threads that
/// run at once draw each from its own, and what each draws does not depend on which of them is first.
class RandomScope {
 public:
  explicit RandomScope(uint64_t seed);
  ~RandomScope();
  RandomScope(const RandomScope&) = delete;
  RandomScope& operator=(const RandomScope&) = delete;

 private:
  std::optional<at::Generator> before_;
};

/// What a random operation of a model on `device` is to be given: the generator of the thread's RandomScope; none
/// outside of one, or for another device than a CPU, and none stands for torch's own.
std::optional<at::Generator> random_generator(const c10::Device& device);

/// A number of random_generator(), or of torch's own.
uint64_t random_bits();

}  // namespace recur
