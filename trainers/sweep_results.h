// What came of a sweep's trials: SWEEP/trial-1, SWEEP/trial-2, ..., each a run.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "trainers/sweep.h"

namespace recur {

enum class TrialStatus { kWaiting, kDone, kFailed, kStopped };

/// "waiting", "done", "failed" or "stopped".
std::string to_string(TrialStatus status);

struct TrialResult {
  TrialStatus status = TrialStatus::kWaiting;
  Metrics metrics = {};                 ///< of the trial's best weights on the validation split
  std::optional<Monitor> monitor = {};  ///< that chose them
  double seconds = 0.0;                 ///< of training
};

/// "trial-1" for the first, whose index is 0.
std::string trial_name(size_t index);

/// What a run that is done left in run.json and metrics.jsonl.  @throws DataError for a damaged file.
TrialResult read_trial(const std::filesystem::path& folder);

/// The results of a sweep, one for each of its trials, in their order.
class SweepResults {
 public:
  explicit SweepResults(const Sweep& sweep) : sweep_(sweep), trials_(sweep.trials.size()) {}

  /// @throws ConfigError if the trial is done and was not measured by the metric that the sweep names.
  void set(size_t trial, TrialResult result);
  TrialStatus status(size_t trial) const { return trials_[trial].status; }
  size_t count(TrialStatus status) const;
  /// Of the trial's metric by which trials are compared; absent if it is not done.
  std::optional<double> value(size_t trial) const;
  /// The first of those with the best value; absent if none is done.
  std::optional<size_t> best() const;
  /// "hidden_size=64 learning_rate=0.01": the last part of each key.
  std::string values_text(size_t trial) const;
  /// "loss 0.0123"; "" if the trial is not done.
  std::string value_text(size_t trial) const;

  /// For people: a row for each trial, the best marked.
  std::string to_text() const;
  /// {"task", "split": "validation", "metric", "goal", "best", "trials": [{"trial", "status", "best", "values",
  /// "value", "metrics", "seconds"}]}; what is not known is null.
  nlohmann::ordered_json to_json() const;
  /// A header "trial,status,KEY,...,METRIC,seconds", and a line for each trial.
  std::string to_csv() const;

 private:
  /// Of the sweep, or of the first trial that is done.
  std::optional<Monitor> monitor() const;

  const Sweep& sweep_;
  std::vector<TrialResult> trials_;
};

}  // namespace recur
