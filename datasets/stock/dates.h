// A column of dates, read as a whole: 03/04/2020 is March or April by what stands in the other rows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/error.h"

namespace recur {

struct DateCell {
  std::string text;
  SourceLocation where;
};

/// Seconds since 1970-01-01 of each cell, its clock taken as written (a zone is read and not applied).
///
/// `format` is one of
///   "auto"  2020-01-31 (also / or . between), 20200131, Jan 31, 2020, 31-Jan-2020, each with a time of day and a
///           zone or without ("2020-01-31T15:30:00-05:00"); Unix seconds (9 or 10 digits) and milliseconds (12 or 13
///           digits); and 01/31/2020 or 31/01/2020, with / - or . between, years of two digits being 1969 ... 2068.
///   "ymd"   of these only those that begin with the year, or name the month
///   "mdy"   01/31/2020 is a month, a day, a year
///   "dmy"   31/01/2020 is a day, a month, a year
///   "unix"  a number of seconds, or of milliseconds where it has more than 11 digits
///
/// "auto" takes the order, for the whole column, under which every cell is a day of the calendar; else the one under
/// which the dates rise or fall throughout; else day.month.year where points stand between; else it asks.
///
/// @throws DataError  at the cell: not a date, no day of the calendar, or ambiguous (asks for `date_format`).
std::vector<int64_t> parse_dates(const std::vector<DateCell>& cells, const std::string& format);

/// Seconds since midnight of "15:30", "15:30:00", "15:30:00.000", "3:30 PM" or "153000"; nothing if it is none.
std::optional<int64_t> parse_time_of_day(std::string_view text);

}  // namespace recur
