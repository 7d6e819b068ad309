// Bytes as text that goes anywhere: into JSON, into a page.
#pragma once

#include <string>
#include <string_view>

namespace recur {

/// RFC 4648, with padding.
std::string to_base64(std::string_view bytes);

/// @throws Error if it is not base64, or empty.
std::string from_base64(std::string_view text);

}  // namespace recur
