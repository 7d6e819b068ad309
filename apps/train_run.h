// One run, from its config to its report.
#pragma once

#include <string>

#include "apps/run_folder.h"
#include "core/config_tree.h"

namespace recur::apps {

struct TrainRequest {
  ConfigNode config;  ///< overrides applied
  RunFolder run;
  bool resume = false;
  bool accept_changes = false;      ///< with resume: also where the config is no longer the one the run began with
  std::string command_to_resume{};  ///< what a person types after a signal
  bool details = true;              ///< print more than the table of metrics
};

/// A run goes on with the config it began with, unless its owner says otherwise.
/// @throws ConfigError saying what differs.
void compare_configs(const RunFolder& run, const std::string& began_with, const std::string& config_yaml,
                     bool accept_changes);

/// Trains, and leaves config, checkpoints, metrics and report in the run's folder.
/// @throws Exit after a signal, when everything is saved.
void train_run(const TrainRequest& request);

}  // namespace recur::apps
