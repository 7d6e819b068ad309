// A text's lines, and whole files of text.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "datasets/read_progress.h"

namespace recur {

/// `text` without ASCII blanks, tabs and line ends around it.
std::string_view trimmed(std::string_view text);

/// Calls `take(line, number)` for each line of `text`, numbers from 1, without its LF or CRLF; a last line without a
/// line end counts, an empty one behind the last line end does not.
template <class Take>
void for_each_line(std::string_view text, Take take) {
  for (int64_t number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    take(line, number);
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
}

/// A file's text as UTF-8, unpacked if it is packed (.gz, .bz2, .xz, .zst).
/// @throws DataError    if it is absent, damaged or a folder; file:line:column for what is not in that encoding.
/// @throws ConfigError  for an encoding that is not known.
std::string read_packed_text(const std::filesystem::path& path, const std::string& encoding,
                             const ReadProgress& progress);

}  // namespace recur
