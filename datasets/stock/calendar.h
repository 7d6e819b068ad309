// The calendar of a trading day, from seconds since 1970-01-01.  Pure functions, proleptic Gregorian, no time zone.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace recur {

inline constexpr int64_t kSecondsPerDay = 86'400;

/// Midnight of a day; nothing if there is no such day (2021-02-29).
std::optional<int64_t> time_of_date(int64_t year, int64_t month, int64_t day);

/// "2020-01-31".
std::string iso_date(int64_t time);

/// "2020-01-31" at midnight, else "2020-01-31 15:30:00".
std::string iso_date_time(int64_t time);

/// 0 = Monday ... 6 = Sunday.
int64_t day_of_week(int64_t time);

/// 1 ... 31.
int64_t day_of_month(int64_t time);

/// 1 = January ... 12 = December.
int64_t month_of_year(int64_t time);

}  // namespace recur
