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
  std::string source;
  int64_t rows = 0;                      ///< rows kept
  std::string first_date, last_date;     ///< ISO 8601
  double close_low = 0, close_high = 0;  ///< range of the close
  int64_t missing = 0;                   ///< dropped: a needed cell is empty, "null", "n/a", "-" ...
  int64_t duplicates = 0;                ///< dropped: the same date again
  int64_t not_finite = 0;                ///< dropped: a price that is not finite or not positive
  bool was_descending = false;           ///< newest first in the file; the table is oldest first
  std::string to_line() const;
};

struct PriceTable {
  std::string name;            ///< the file's stem
  std::vector<int64_t> times;  ///< [rows] seconds since 1970-01-01 UTC, strictly ascending
  std::vector<std::string>
      columns;  ///< canonical names first: open high low close adj_close volume change_percent; then others, lower case
  torch::Tensor values;  ///< [rows, columns] float64
  ReadReport report;

  int64_t rows() const { return static_cast<int64_t>(times.size()); }
  /// [rows] float64.  @throws DataError naming the columns there are, and the nearest name.
  torch::Tensor column(const std::string& name) const;
};

}  // namespace recur
