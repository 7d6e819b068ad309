// Whether numbers are still what they were.
#pragma once

#include <cstdint>

namespace recur::engine::cpu {

/// A hash of all bits, at the speed of reading them.  A change of one number alone always changes it.
uint64_t fingerprint(const float* numbers, int64_t count);

}  // namespace recur::engine::cpu
