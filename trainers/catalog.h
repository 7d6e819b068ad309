// The kinds of problems that `recur` trains: a new task's one catalog line is in catalog.cpp.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/options.h"
#include "datasets/read_progress.h"
#include "trainers/experiment.h"

namespace recur {

/// A config that has been checked.
struct ResolvedConfig {
  RunOptions run;
  std::string yaml;  ///< complete, defaults and all
  /// The config asks for cross-validation: as many runs, with data.fold=1, 2, ...
  std::optional<int64_t> folds = {};
};

struct TaskType {
  std::string name;
  std::string title;        ///< one line
  OptionsDoc (*options)();  ///< of a whole config

  /// @param config      a whole config; all its errors are reported together
  /// @param checkpoint  weights and pipeline to take up, or null: fit the pipeline on the data, draw the weights
  /// @param progress    called while much data is read
  /// @throws ConfigError, DataError, CheckpointError
  std::unique_ptr<Experiment> (*make)(const ConfigNode& config, const Checkpoint* checkpoint,
                                      const ReadProgress& progress);

  /// Reads the config and gives it back complete.  Touches no data.
  ResolvedConfig (*resolve)(const ConfigNode& config);
};

const std::vector<TaskType>& all_tasks();
std::vector<std::string> task_names();

/// The task that a config names.  @throws ConfigError at the place of `task:`, with the nearest name.
const TaskType& task_of(const ConfigNode& config);

/// Takes up the weights (and whatever was fitted) of a checkpoint, with the config that it holds.
std::unique_ptr<Experiment> load_experiment(const Checkpoint& checkpoint, const std::string& source,
                                            const ReadProgress& progress = {});

}  // namespace recur
