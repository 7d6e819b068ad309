// Numbers, durations and sizes as a person reads them, and how many columns a text takes on a terminal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace recur {

/// A whole number with thousands separated: 1259 -> "1,259".
std::string format_count(int64_t value);

/// A measured value to `digits` significant digits: 0.5 -> "0.5000", 1259.3 -> "1,259", 1.5e-7 -> "1.500e-7", 0 -> "0".
/// Digits before the point are never rounded away below 1e9.  "nan" and "inf" as they are.
std::string format_number(double value, int digits = 4);

/// "0.4 s", "43 s", "2:05" (minutes), "1:02:03" (hours), "3 d 1:02:03"; "-" if it is not finite or negative.
std::string format_duration(double seconds);

/// "812 B", "12.3 kB", "4.07 GB" (powers of 1000, as disks and downloads are counted).
std::string format_bytes(double bytes);

/// `text` with control characters (and bytes that are no UTF-8) replaced by '?', so that a file's name cannot move the
/// cursor.
std::string printable(std::string_view text);

/// Columns that `text` (UTF-8) takes on a terminal: 2 for wide East Asian characters and emoji, 0 for combining marks.
int display_width(std::string_view text);

/// `text` cut to at most `width` columns; what was cut is marked by a dot or, in UTF-8, an ellipsis.
std::string fit_width(std::string_view text, int width, bool unicode = true);

}  // namespace recur
