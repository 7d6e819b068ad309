#include "datasets/stock/dates.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>

#include <fmt/format.h>

#include "core/ascii.h"
#include "datasets/stock/calendar.h"

namespace recur {
namespace {

// Takes the longest beginning of `text` whose characters `belong`.
template <class Belong>
std::string_view take(std::string_view& text, Belong belong) {
  const auto size = std::find_if_not(text.begin(), text.end(), belong) - text.begin();
  const auto taken = text.substr(0, size);
  text.remove_prefix(size);
  return taken;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

void skip_blanks(std::string_view& text) {
  take(text, [](char c) { return c == ' '; });
}

int64_t number(std::string_view digits) {
  int64_t value = -1;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

// 1 ... 12 for "Jan", "January" and what lies between; 0 for another word.
int64_t month_of_word(std::string_view word) {
  constexpr std::array<std::string_view, 12> kMonths{"january",   "february", "march",    "april",
                                                     "may",       "june",     "july",     "august",
                                                     "september", "october",  "november", "december"};
  if (word.size() < 3) return 0;
  const auto name = ascii_lower(word);
  const auto* month = std::find_if(kMonths.begin(), kMonths.end(), [&](auto m) { return m.starts_with(name); });
  return month == kMonths.end() ? 0 : month - kMonths.begin() + 1;
}

// Seconds since midnight; takes it from the front of `text`.
std::optional<int64_t> take_time_of_day(std::string_view& text) {
  const auto first = take(text, is_digit);
  std::array<int64_t, 3> hms{0, 0, 0};
  if (first.size() == 6 || first.size() == 4) {  // 153000, 1530
    for (size_t k = 0; k < first.size() / 2; ++k) hms[k] = number(first.substr(2 * k, 2));
  } else if (first.size() == 1 || first.size() == 2) {
    hms[0] = number(first);
    if (!text.starts_with(':')) return std::nullopt;
    for (size_t k = 1; k < 3 && take(text, ':'); ++k) {
      const auto digits = take(text, is_digit);
      if (digits.size() != 2) return std::nullopt;
      hms[k] = number(digits);
    }
    if (take(text, '.')) take(text, is_digit);
  } else {
    return std::nullopt;
  }
  auto after = text;
  skip_blanks(after);
  if (const auto word = ascii_lower(take(after, is_ascii_letter)); word == "am" || word == "pm") {
    if (hms[0] < 1 || hms[0] > 12) return std::nullopt;
    hms[0] = hms[0] % 12 + (word == "pm" ? 12 : 0);
    text = after;
  }
  if (hms[0] > 23 || hms[1] > 59 || hms[2] > 59) return std::nullopt;
  return hms[0] * 3600 + hms[1] * 60 + hms[2];
}

// "", "Z", "+01:00", "-0500", "EST", "America/New_York".
bool is_zone(std::string_view text) {
  skip_blanks(text);
  if (take(text, '+') || take(text, '-')) {
    const auto hours = take(text, is_digit);
    const auto minutes = take(text, ':') ? take(text, is_digit) : std::string_view();
    return text.empty() && (hours.size() == 4 ? minutes.empty() : hours.size() == 2 && minutes.size() != 1);
  }
  take(text, [](char c) { return is_ascii_letter(c) || c == '/' || c == '_'; });
  return text.empty();
}

// A date as written: a day that is certain, or two numbers of which one is the month.
struct Written {
  bool two_ways = false;
  bool year_first = false, unix_time = false, points = false;
  int64_t year = 0, month = 0, day = 0;  // two_ways: the first number is in `month`, the second in `day`
  int64_t seconds = 0;                   // of the day; unix_time: since 1970

  std::optional<int64_t> midnight(bool day_first) const {
    return two_ways && day_first ? time_of_date(year, day, month) : time_of_date(year, month, day);
  }
};

std::optional<Written> parse_unix(std::string_view text) {
  const auto digits = take(text, is_digit);
  if (take(text, '.')) take(text, is_digit);
  if (digits.empty() || digits.size() > 13 || !text.empty()) return std::nullopt;
  return Written{.unix_time = true, .seconds = number(digits) / (digits.size() > 11 ? 1000 : 1)};
}

// Puts three tokens (numbers, or one of them a month's name) in their places.
std::optional<Written> place(const std::array<std::string_view, 3>& tokens) {
  std::array<int64_t, 3> n{};
  for (size_t k = 0; k < 3; ++k) {
    n[k] = is_digit(tokens[k][0]) ? number(tokens[k]) : month_of_word(tokens[k]);
    const bool year = tokens[k].size() == 4 && k != 1;
    if (is_digit(tokens[k][0]) && tokens[k].size() > 2 && !year) return std::nullopt;
    if (!is_digit(tokens[k][0]) && (n[k] == 0 || k == 2)) return std::nullopt;
  }
  const bool name_first = is_ascii_letter(tokens[0][0]), name_second = is_ascii_letter(tokens[1][0]);
  if (name_first && name_second) return std::nullopt;
  if (tokens[0].size() == 4 && !name_first) {
    return Written{.year_first = true, .year = n[0], .month = n[1], .day = n[2]};
  }
  if (tokens[2].size() == 1) return std::nullopt;
  const auto year = tokens[2].size() == 4 ? n[2] : n[2] + (n[2] < 69 ? 2000 : 1900);
  if (name_second) return Written{.year = year, .month = n[1], .day = n[0]};
  return Written{.two_ways = !name_first, .year = year, .month = n[0], .day = n[1]};
}

std::optional<Written> parse_date(std::string_view text) {
  auto rest = text;
  const auto leading = take(rest, is_digit);
  std::optional<Written> date;
  if (leading.size() == 8) {
    date = Written{.year_first = true,
                   .year = number(leading.substr(0, 4)),
                   .month = number(leading.substr(4, 2)),
                   .day = number(leading.substr(6, 2))};
  } else if (leading.size() > 8) {
    return parse_unix(text);
  } else {
    rest = text;
    std::array<std::string_view, 3> tokens;
    bool points = true;
    for (size_t k = 0; k < 3; ++k) {
      if (k > 0) {
        const auto between =
            take(rest, [](char c) { return std::string_view("-/., ").find(c) != std::string_view::npos; });
        if (between.empty()) return std::nullopt;
        points &= between.starts_with('.');
      }
      tokens[k] = rest.empty() || is_digit(rest[0]) ? take(rest, is_digit) : take(rest, is_ascii_letter);
      if (tokens[k].empty()) return std::nullopt;
    }
    date = place(tokens);
    if (date) date->points = points;
  }
  if (!date || rest.empty()) return date;
  if (!take(rest, 'T')) {
    take(rest, ',');
    if (!take(rest, ' ')) return std::nullopt;
    skip_blanks(rest);
  }
  const auto seconds = take_time_of_day(rest);
  if (!seconds || !is_zone(rest)) return std::nullopt;
  date->seconds = *seconds;
  return date;
}

Written parse_cell(const DateCell& cell, const std::string& format) {
  const auto date = format == "unix" ? parse_unix(cell.text) : parse_date(cell.text);
  if (!date || (format == "ymd" && date->two_ways)) {
    throw DataError(cell.where, fmt::format("got \"{}\", expected a date such as {}", cell.text,
                                            format == "unix"  ? "1580428800 (date_format: unix)"
                                            : format == "ymd" ? "2020-01-31 (date_format: ymd)"
                                            : format == "mdy" ? "01/31/2020 (date_format: mdy)"
                                            : format == "dmy" ? "31/01/2020 (date_format: dmy)"
                                                              : "2020-01-31, 20200131, 01/31/2020 or 31-Jan-2020"));
  }
  return *date;
}

int64_t time_of(const Written& date, bool day_first) {
  return date.unix_time ? date.seconds : date.midnight(day_first).value() + date.seconds;
}

bool is_monotonic(const std::vector<Written>& dates, bool day_first) {
  std::vector<int64_t> times;
  for (const auto& date : dates) times.push_back(time_of(date, day_first));
  return std::is_sorted(times.begin(), times.end()) || std::is_sorted(times.begin(), times.end(), std::greater<>());
}

// Is the day before the month, in the column as a whole?
bool find_day_first(const std::vector<DateCell>& cells, const std::vector<Written>& dates) {
  std::optional<size_t> not_month_first, not_day_first, differing;  // the first cell that excludes the order
  for (size_t i = 0; i < dates.size(); ++i) {
    if (dates[i].unix_time) continue;
    const auto month_first = dates[i].midnight(false), day_first = dates[i].midnight(true);
    if (!month_first && !day_first) {
      throw DataError(cells[i].where, fmt::format("got \"{}\", which is no day of the calendar", cells[i].text));
    }
    if (!month_first && !not_month_first) not_month_first = i;
    if (!day_first && !not_day_first) not_day_first = i;
    if (month_first != day_first && !differing) differing = i;
  }
  if (not_month_first && not_day_first) {
    throw DataError(cells[std::max(*not_month_first, *not_day_first)].where,
                    fmt::format("the dates have two orders: \"{}\" (line {}) is day/month/year and \"{}\" (line {}) is "
                                "month/day/year; make them one",
                                cells[*not_month_first].text, cells[*not_month_first].where.line,
                                cells[*not_day_first].text, cells[*not_day_first].where.line));
  }
  if (not_month_first || not_day_first || !differing) return not_month_first.has_value();
  const bool month_first_runs = is_monotonic(dates, false), day_first_runs = is_monotonic(dates, true);
  if (month_first_runs != day_first_runs) return day_first_runs;
  if (dates[*differing].points) return true;
  throw DataError(cells[*differing].where,
                  fmt::format("\"{}\" can be month/day/year or day/month/year, and no other row tells which: set "
                              "date_format to mdy or dmy",
                              cells[*differing].text));
}

}  // namespace

std::vector<int64_t> parse_dates(const std::vector<DateCell>& cells, const std::string& format) {
  std::vector<Written> dates;
  dates.reserve(cells.size());
  for (const auto& cell : cells) dates.push_back(parse_cell(cell, format));
  const bool day_first = format == "dmy" || (format == "auto" && find_day_first(cells, dates));

  std::vector<int64_t> times;
  times.reserve(cells.size());
  for (size_t i = 0; i < dates.size(); ++i) {
    if (!dates[i].unix_time && !dates[i].midnight(day_first)) {
      throw DataError(cells[i].where, fmt::format("got \"{}\", which is no day of the calendar{}", cells[i].text,
                                                  format == "auto" ? "" : fmt::format(" (date_format: {})", format)));
    }
    times.push_back(time_of(dates[i], day_first));
  }
  return times;
}

std::optional<int64_t> parse_time_of_day(std::string_view text) {
  const auto seconds = take_time_of_day(text);
  return seconds && is_zone(text) ? seconds : std::nullopt;
}

}  // namespace recur
