// Code points in UTF-8, for texts that are known to be UTF-8 (encoding.h sees to that).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace recur {

/// The position of the first byte that is not UTF-8 (RFC 3629: no overlong forms, no surrogates), or npos.
size_t find_not_utf8(std::string_view text);

/// The position of the first byte that is not ASCII, or npos.
size_t find_not_ascii(std::string_view text);

/// The code point at `at`, which moves behind it.  `text` must be UTF-8.
int32_t next_code_point(std::string_view text, size_t& at);

void append_code_point(std::string& text, int32_t code_point);

}  // namespace recur
