// k runs of one config, each tested on another fold: RUN/fold-1, RUN/fold-2, ...
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "apps/train_run.h"

namespace recur::apps {

/// The folds that the run's config asks for; 0 if the folder is no cross-validation.
int64_t count_folds(const RunFolder& run);

/// Trains every fold that is not done yet (`request.config` with data.fold=1, 2, ...), then writes RUN/metrics.json and
/// prints the summary.
void train_folds(const TrainRequest& request, int64_t folds);

/// Each fold's best weights on its own split.  @throws CheckpointError if not all of them are trained.
std::vector<Evaluation> evaluate_folds(const RunFolder& run, const std::string& split);

/// As evaluation_json, of means over the folds; beside it "folds", "deviations" (sample standard deviations of the
/// metrics and baselines) and "per_fold".
nlohmann::ordered_json folds_json(const std::string& task, const std::vector<Evaluation>& folds);

/// A table: mean and deviation of each metric and baseline, and the extremes.
std::string folds_text(const std::vector<Evaluation>& folds);

}  // namespace recur::apps
