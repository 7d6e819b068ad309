// STUB, not committed: the image work replaces this file.
#pragma once
#include "core/options.h"
namespace recur { struct ImageOptions { int64_t size = 224; static constexpr auto fields() { return std::tuple{field("size", &ImageOptions::size, "side", at_least(1))}; } }; }
