#include "datasets/stock/calendar.h"

#include <chrono>

#include <fmt/format.h>

namespace recur {
namespace {

namespace chrono = std::chrono;

chrono::sys_days day_of(int64_t time) {
  return chrono::floor<chrono::days>(chrono::sys_seconds(chrono::seconds(time)));
}

chrono::year_month_day date_of(int64_t time) {
  return day_of(time);
}

}  // namespace

std::optional<int64_t> time_of_date(int64_t year, int64_t month, int64_t day) {
  if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > 31) return std::nullopt;
  const chrono::year_month_day date(chrono::year(static_cast<int>(year)), chrono::month(static_cast<unsigned>(month)),
                                    chrono::day(static_cast<unsigned>(day)));
  if (!date.ok()) return std::nullopt;
  return chrono::sys_days(date).time_since_epoch().count() * kSecondsPerDay;
}

std::string iso_date(int64_t time) {
  const auto date = date_of(time);
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

std::string iso_date_time(int64_t time) {
  const auto second = time - day_of(time).time_since_epoch().count() * kSecondsPerDay;
  if (second == 0) return iso_date(time);
  return fmt::format("{} {:02}:{:02}:{:02}", iso_date(time), second / 3600, second / 60 % 60, second % 60);
}

int64_t day_of_week(int64_t time) {
  return chrono::weekday(day_of(time)).iso_encoding() - 1;
}

int64_t day_of_month(int64_t time) {
  return static_cast<unsigned>(date_of(time).day());
}

int64_t month_of_year(int64_t time) {
  return static_cast<unsigned>(date_of(time).month());
}

}  // namespace recur
