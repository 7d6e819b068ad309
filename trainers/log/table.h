// Plain tables for results on a terminal.
#pragma once

#include <string>
#include <vector>

namespace recur {

/// A header and rows of ready-made cells (UTF-8); a short row is filled up with empty cells.
struct Table {
  std::vector<std::string> header;  ///< may be empty: no header and no rule below it
  std::vector<std::vector<std::string>> rows;

  /// Columns two blanks apart, a rule below the header; a column whose cells all read as numbers (or "-", or nothing)
  /// is aligned to the right, any other to the left.  Each line starts with `indent` blanks and ends with '\n', without
  /// trailing blanks.
  std::string to_string(bool unicode = true, int indent = 0) const;
};

}  // namespace recur
