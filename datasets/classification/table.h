// Anyone's own numbers: CSV files whose columns are numbers, and one of them a label.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <torch/types.h>

#include "datasets/classification/options.h"

namespace recur {

/// A file's rows as numbers.
struct NumberTable {
  std::string source;                ///< for messages: the path
  std::vector<std::string> columns;  ///< names of the features; without a header their numbers, from 1
  torch::Tensor values;              ///< [N, F] float32
  std::vector<std::string> labels;   ///< [N]; empty if the file has no such column and none was needed
  std::vector<int64_t> lines;        ///< [N]: where each row begins, from 1
  int64_t without_label = 0;         ///< rows that were left out

  int64_t rows() const { return static_cast<int64_t>(lines.size()); }
};

enum class Labels {
  kNeeded,    ///< a file without that column is an error; a row without a label is left out, and counted
  kIfPresent  ///< for predictions: every row is kept
};

/// Reads a CSV file.  Where `columns` names no features, they are all columns but the label's.
/// @throws DataError  file:row:column for a cell that is no finite number; the columns there are, if one is not among
///                    them; what read_csv() throws.
NumberTable read_number_table(const std::string& file, const NumberColumns& columns, Labels labels = Labels::kNeeded);

}  // namespace recur
