#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace recur {

/// Called many times a second while much data is read: what is read, and how much of it in bytes is done.
using ReadProgress = std::function<void(const std::string& what, int64_t done, int64_t total)>;

}  // namespace recur
