// A table of prices as read from a CSV export: one ticker, one row a trading day (or bar), oldest first.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <torch/types.h>

namespace recur {

/// What a read found: printed in one line by `to_line`.
struct ReadReport {
  std::string source;                        ///< the file's name without its folder
  int64_t rows = 0;                          ///< rows kept
  std::string first_date, last_date;         ///< ISO 8601
  double close_low = 0, close_high = 0;      ///< range of the close
  int64_t missing = 0;                       ///< dropped: a needed cell is empty, "null", "n/a", "-" ...
  int64_t duplicates = 0;                    ///< dropped: the same date again
  int64_t not_finite = 0;                    ///< dropped: a price that is not finite or not positive, a volume below 0
  bool was_descending = false;               ///< newest first in the file; the table is oldest first
  bool was_unsorted = false;                 ///< in neither order in the file; the table is oldest first
  std::vector<std::string> ignored_columns;  ///< headers of columns that are not numbers, or not in every kept row

  /// E.g. "NFLX.csv: 1,259 rows, 2015-11-23..2020-11-20, close 82.79..556.55; dropped 2 (1 missing, 1 duplicate);
  /// newest first".
  std::string to_line() const;
};

struct PriceTable {
  std::string name;  ///< the file's stem
  /// [rows] seconds since 1970-01-01, strictly ascending.  The date and time are those written in the file, that is the
  /// exchange's own clock: a zone ("-05:00") is read and not applied, so that a day stays the day it was traded on.
  std::vector<int64_t> times;
  /// Canonical names first, those that the file has: open high low close adj_close volume change_percent; then others,
  /// normalised: "Stock Splits" -> "stock_splits".  `close` is always there.
  std::vector<std::string> columns;
  torch::Tensor values;  ///< [rows, columns] float64, all finite
  ReadReport report;

  int64_t rows() const { return static_cast<int64_t>(times.size()); }
  /// [rows] float64, a view.  @throws DataError naming the columns there are, and the nearest name.
  torch::Tensor column(const std::string& name) const;

  /// Writes into the report how many rows there are, from when to when, and the range of the close.
  void report_rows();
};

}  // namespace recur
