#include "datasets/stock/numbers.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <iterator>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "core/ascii.h"
#include "core/error.h"

namespace recur {
namespace {

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_digit);
}

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

// Plain ASCII: every kind of blank is ' ' (none at the ends), every minus '-', and no currency sign.
std::string plain(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kReplaced{{{"\u00A0", " "},
                                                                                    {"\u2009", " "},
                                                                                    {"\u202F", " "},
                                                                                    {"\u2212", "-"},
                                                                                    {"$", ""},
                                                                                    {"\u20AC", ""},    // euro
                                                                                    {"\u00A3", ""},    // pound
                                                                                    {"\u00A5", ""}}};  // yen, yuan
  std::string result;
  while (!text.empty()) {
    const auto* found = std::find_if(kReplaced.begin(), kReplaced.end(),
                                     [&](const auto& entry) { return text.starts_with(entry.first); });
    result += found != kReplaced.end() ? found->second : text.substr(0, 1);
    text.remove_prefix(found != kReplaced.end() ? found->first.size() : 1);
  }
  return std::string(trimmed(result));
}

// Takes the suffix off `text`; the power of ten that it stands for.
std::string_view take_suffix(std::string_view& text) {
  constexpr std::array<std::pair<char, std::string_view>, 5> kSuffixes{
      {{'k', "e3"}, {'m', "e6"}, {'b', "e9"}, {'t', "e12"}, {'%', ""}}};
  for (const auto& [letter, power] : kSuffixes) {
    if (text.empty() || ascii_lower(text.back()) != letter) continue;
    text = trimmed(text.substr(0, text.size() - 1));
    return power;
  }
  return "";
}

// "1,234,567" or "12,34,567": a first group of one to three digits, then groups of two or three, the last of three.
bool is_grouped(std::string_view digits, char separator) {
  if (digits.find(separator) == std::string_view::npos) return all_digits(digits);
  for (bool first = true;; first = false) {
    const auto end = digits.find(separator);
    const auto group = digits.substr(0, end);
    if (!all_digits(group) || group.size() > 3 || group.size() < (first ? 1 : 2)) return false;
    if (end == std::string_view::npos) return group.size() == 3;
    digits.remove_prefix(end + 1);
  }
}

}  // namespace

std::optional<double> parse_number(std::string_view text, DecimalMark mark) {
  const auto [decimal, thousands] = mark == DecimalMark::kPoint ? std::pair('.', ',') : std::pair(',', '.');
  const std::string cleaned = plain(text);
  std::string_view rest = cleaned;
  const bool negative = rest.starts_with('-');
  if (negative || rest.starts_with('+')) rest = trimmed(rest.substr(1));
  if (const auto word = ascii_lower(rest); word == "inf" || word == "infinity") return negative ? -INFINITY : INFINITY;

  const auto power = take_suffix(rest);
  const auto exponent = rest.substr(std::min(rest.find_first_of("eE"), rest.size()));
  const auto mantissa = rest.substr(0, rest.size() - exponent.size());
  const auto point = std::min(mantissa.find(decimal), mantissa.size());
  const auto whole = mantissa.substr(0, point);
  const auto fraction = mantissa.substr(std::min(point + 1, mantissa.size()));
  if (!is_grouped(whole, thousands) && !is_grouped(whole, ' ')) return std::nullopt;
  if (!all_digits(fraction) || whole.size() + fraction.size() == 0) return std::nullopt;
  if (!power.empty() && !exponent.empty()) return std::nullopt;

  // The power of ten goes into the text, so that 1.13M is the double nearest to 1130000 and not 1.13 * 1e6.
  std::string number;
  std::copy_if(whole.begin(), whole.end(), std::back_inserter(number), is_digit);
  number.append(".").append(fraction).append(exponent).append(power);
  double value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (end != number.data() + number.size() || error == std::errc::invalid_argument) return std::nullopt;
  if (error == std::errc::result_out_of_range) value = INFINITY;
  return negative ? -value : value;
}

std::optional<DecimalMark> decimal_mark_of(std::string_view text) {
  const std::string cleaned = plain(text);
  std::string_view rest = cleaned;
  if (rest.starts_with('-') || rest.starts_with('+')) rest = trimmed(rest.substr(1));
  take_suffix(rest);
  if (rest.empty() ||
      !std::all_of(rest.begin(), rest.end(), [](char c) { return is_digit(c) || c == '.' || c == ','; }))
    return std::nullopt;
  const auto mark = [](char c) { return c == '.' ? DecimalMark::kPoint : DecimalMark::kComma; };
  const auto last = rest.find_last_of(".,");
  if (last == std::string_view::npos) return std::nullopt;
  const char found = rest[last], other = found == '.' ? ',' : '.';
  if (rest.find(other) != std::string_view::npos) return mark(found);               // 1.234,56
  if (std::count(rest.begin(), rest.end(), found) > 1) return mark(other);          // 1.234.567
  const bool three = rest.size() - last - 1 == 3;                                   // 1.234: thousands or decimals
  if (three && last >= 1 && last <= 3 && rest.front() != '0') return std::nullopt;  // ... but not 0.234 nor 1234.567
  return mark(found);
}

DecimalMark find_decimal_mark(const CsvTable& csv, const std::vector<size_t>& fields) {
  struct Cell {
    SourceLocation where;
    std::string text;
  };
  std::optional<Cell> point, comma, unclear;  // the first cell of each kind; unclear: a comma that may be either
  for (const auto& row : csv.rows) {
    for (const auto field : fields) {
      const auto& text = row.fields[field];
      const auto mark = decimal_mark_of(text);
      if (!mark && text.find(',') == std::string::npos) continue;
      auto& first = !mark ? unclear : *mark == DecimalMark::kPoint ? point : comma;
      if (!first) first = Cell{{csv.source, row.line, static_cast<int64_t>(field) + 1}, text};
    }
  }
  if (point && comma) {
    throw DataError(comma->where,
                    fmt::format("\"{}\" has a decimal comma and \"{}\" (line {}) a decimal point: set decimal to point "
                                "or comma",
                                comma->text, point->text, point->where.line));
  }
  if (unclear && !point && !comma) {
    throw DataError(unclear->where,
                    fmt::format("\"{}\" may have a decimal comma or separate thousands: set decimal to comma or point",
                                unclear->text));
  }
  return comma ? DecimalMark::kComma : DecimalMark::kPoint;
}

bool is_missing(std::string_view text) {
  constexpr std::array<std::string_view, 12> kMissing{"",     "-",   "--",   "null", "n/a", "na",
                                                      "#n/a", "nan", "none", ".",    "nil", "\u2014"};
  const auto word = ascii_lower(plain(text));
  return std::find(kMissing.begin(), kMissing.end(), word) != kMissing.end();
}

}  // namespace recur
