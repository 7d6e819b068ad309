// metrics.jsonl: what was measured in a run, one JSON object per line.
//
//   {"step":120,"epoch":3,"train/loss":0.3127,"train/learning_rate":0.001}
//
// A line is on its way to the disk before the next one starts, and a line cut short by a killed process is dropped when
// the file is next read.  pandas: `pd.read_json("metrics.jsonl", lines=True)`.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace recur {

struct MetricsRow {
  int64_t step = 0;                           ///< optimizer steps done
  int64_t epoch = 0;                          ///< counted by the writer; recur's runs count whole epochs done
  std::map<std::string, double> values = {};  ///< a value that is not finite is written as null, and read as NaN
};

/// All rows of the file, in its order; none if the file is absent.  A last line that is not whole is passed over.
/// @throws DataError (file:row) if another line is no JSON object with "step" and "epoch".
std::vector<MetricsRow> read_metrics(const std::filesystem::path& path);

class MetricsLog {
 public:
  /// Starts an empty file, or, if `resume_step` is given, goes on after it: rows with a later step, and a half-written
  /// last line, are removed (the file is replaced atomically).
  explicit MetricsLog(std::filesystem::path path, std::optional<int64_t> resume_step = std::nullopt);

  /// Appends one line and flushes it.
  /// @throws Error if it cannot be written, or a value is called "step" or "epoch".
  void append(const MetricsRow& row);

 private:
  std::filesystem::path path_;
  std::ofstream out_;
};

}  // namespace recur
