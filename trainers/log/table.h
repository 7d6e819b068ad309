// Plain tables for results on a terminal.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace recur {

/// A header and rows of ready-made cells (UTF-8); a short row is filled up with empty cells.
struct Table {
  std::vector<std::string> header = {};  ///< may be empty: no header and no rule below it
  std::vector<std::vector<std::string>> rows = {};

  /// For each column, whether it is aligned to the right: all its cells read as numbers, "-" or nothing.
  std::vector<bool> right_aligned() const;

  /// Columns two blanks apart, a rule below the header; a column whose cells all read as numbers (or "-", or nothing)
  /// is aligned to the right, any other to the left.  Each line starts with `indent` blanks and ends with '\n', without
  /// trailing blanks.
  std::string to_string(bool unicode = true, int indent = 0) const;
};

/// Metrics beside their baselines: {"rmse", 14.2} and {"persistence_rmse", 15.1} make the row "rmse 14.20 15.10" under
/// "metric", "model" and "persistence".  A baseline of no known metric gets a row of its own.
Table metrics_table(const std::map<std::string, double>& metrics, const std::map<std::string, double>& baselines = {});

}  // namespace recur
