// Numbers as price tables write them: "7,380,500", "7.57M", "1.29%", "$123.45", "1.234,56".
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "datasets/csv.h"

namespace recur {

/// What separates the decimals; the other of the two separates thousands.
enum class DecimalMark { kPoint, kComma };

/// The number that `text` is; nothing if it is none.  Known are a sign, thousands separators (groups of three, or the
/// Indian 12,34,567), an exponent, a currency sign at either end, the suffixes K, M, B, T (10^3 ... 10^12) and "%",
/// which leaves the number as printed: "1.29%" is 1.29.  "inf" is infinite.
std::optional<double> parse_number(std::string_view text, DecimalMark mark = DecimalMark::kPoint);

/// What a number alone says of its mark: "1.234,56" and "0,5" say comma, "1,234.56" and "0.5" point, "1,234" nothing.
std::optional<DecimalMark> decimal_mark_of(std::string_view text);

/// What the numbers in these fields (from 0) say together; point, if they hold no comma.
/// @throws DataError  if they disagree, or every comma among them may be either: asks for the option `decimal`.
DecimalMark find_decimal_mark(const CsvTable& csv, const std::vector<size_t>& fields);

/// Empty, "-", "null", "N/A", "NaN", "none" ...
bool is_missing(std::string_view text);

}  // namespace recur
