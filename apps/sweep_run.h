// A sweep's trials as processes: SWEEP/trial-1, SWEEP/trial-2, ..., each what `recur train` makes of its config.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "trainers/sweep.h"
#include "trainers/sweep_results.h"

namespace recur::apps {

struct SweepRequest {
  const Sweep& sweep;
  std::filesystem::path folder;
  int64_t jobs = 1;                  ///< processes at once
  int64_t threads = 1;               ///< of each
  std::vector<std::string> plugins;  ///< that each loads
};

/// Trains every trial that is not done yet; those that were begun go on.  A trial's output is its output.log.  Tells of
/// each end on stderr, and rewrites sweep.json and sweep.csv.  SIGINT and SIGTERM stop the trials, which save.
/// @throws ConfigError if the folder holds trials of other configs; Error if another process works on it;
///     Exit if a signal stopped it
SweepResults run_sweep(const SweepRequest& request);

}  // namespace recur::apps
