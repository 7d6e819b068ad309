// Whole numbers as people read them.
#pragma once

#include <cstdint>
#include <string>

namespace recur {

/// 67349 -> "67,349".
std::string with_commas(int64_t number);

}  // namespace recur
