// The page of a run, from the files in its folder.
#pragma once

#include <filesystem>

#include "apps/run_folder.h"

namespace recur::apps {

struct WrittenReport {
  Evaluation evaluation;
  std::vector<ReportSection> sections;  ///< the task's own
};

/// Measures the run's best weights on the split by which results are quoted, and writes the page; what the task draws
/// as files of their own stands beside it.  A run that is still trained, or was interrupted, has a page too.
/// @throws CheckpointError as open_run() does, DataError if the run's data is not here.
WrittenReport write_run_report(const RunFolder& run, const std::filesystem::path& output);

}  // namespace recur::apps
