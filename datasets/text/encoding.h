// Bytes of a file to UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace recur {

/// `bytes` in the encoding `encoding` as UTF-8, without a byte-order mark.  `encoding` is "utf-8", "windows-1252",
/// "latin-1" or whatever else iconv knows; upper and lower case are one.  `source` is what messages call the text.
/// @throws DataError    file:line:column (characters, from 1) of the first byte that is not in that encoding, with an
///                      encoding that would decode the text, if one of the common ones does.  Nothing is replaced or
///                      left out.
/// @throws ConfigError  for an encoding that iconv does not know.
std::string decode_text(std::string_view bytes, const std::string& encoding, const std::string& source);

}  // namespace recur
