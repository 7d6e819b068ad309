// Runs of one task side by side: what differs between their configs, what came of it, their curves.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "trainers/log/metrics_log.h"
#include "trainers/log/run_record.h"

namespace recur {

struct ComparedRun {
  std::string name = {};                           ///< its folder, without the part that all folders share
  std::map<std::string, std::string> config = {};  ///< flat_config()
  std::vector<MetricsRow> history = {};
  std::optional<RunRecord> record = {};        ///< absent: trained by a program that wrote none
  std::string split = {};                      ///< on which `metrics` were measured
  int64_t examples = 0;                        ///< of it
  std::map<std::string, double> metrics = {};  ///< final ones; empty while the run is trained
};

struct Comparison {
  std::string task = {};
  std::vector<ComparedRun> runs = {};
};

/// Reads config.yaml, run.json, metrics.jsonl and metrics.json of each run; no weights and no data.
/// @throws CheckpointError for a folder that is no run, ConfigError if the tasks differ, DataError for a damaged file.
Comparison compare_runs(const std::vector<std::filesystem::path>& folders);

/// The values that differ, by their full keys, one for each run; "-" where a run's config has no such key.
std::map<std::string, std::vector<std::string>> differing_values(const Comparison& comparison);

/// Whether all results were measured on the same examples, as far as the names and sizes of the splits tell.
bool same_examples(const Comparison& comparison);

/// For each metric the runs (indices) whose value is the best.  A metric of which it is not known whether more is
/// better, or whose values are all alike, is left out; so are all where the runs were measured on different examples.
std::map<std::string, std::vector<size_t>> best_runs(const Comparison& comparison);

/// For people, in two tables.
std::string comparison_text(const Comparison& comparison);

/// {"task", "runs": [{"run", "split", "examples", "metrics", "parameters", "steps", "seconds"}], "differences": {key:
/// [value of each run]}, "best": {metric: [run]}}; what is not known is null.
nlohmann::ordered_json comparison_json(const Comparison& comparison);

/// The same as a page, with the curves of all runs in a chart per metric.
std::string render_comparison(const Comparison& comparison);

}  // namespace recur
