#include "trainers/log/comparison.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/files.h"
#include "trainers/config_difference.h"

namespace recur {
namespace {

using nlohmann::ordered_json;

const std::set<std::string> kLowerIsBetter = {
    "loss", "rmse", "mae", "mape", "mse", "wer", "cer", "perplexity", "nats_per_token", "bits_per_character", "ece"};
const std::set<std::string> kHigherIsBetter = {"r2",          "skill",    "directional_accuracy",
                                               "accuracy",    "macro_f1", "bleu",
                                               "bleu_tokens", "bleu1",    "bleu2",
                                               "bleu3",       "bleu4",    "chrf",
                                               "exact_match", "rouge_l",  "cider_d",
                                               "solved_to_n"};

/// metrics.json of a run, as `recur evaluate --json` has it.
void read_final_metrics(const std::filesystem::path& path, ComparedRun& run) {
  if (!std::filesystem::exists(path)) return;
  try {
    const auto json = ordered_json::parse(read_file(path));
    run.split = json.at("split");
    run.examples = json.at("examples");
    for (const auto& [name, value] : json.at("metrics").items()) {
      run.metrics[name] = value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.get<double>();
    }
  } catch (const ordered_json::exception& error) {
    throw DataError({path.string(), 0, 0}, fmt::format("expected what `recur train` writes: {}", error.what()));
  }
}

ComparedRun read_run(const std::filesystem::path& folder) {
  const auto config = folder / "config.yaml";
  if (!std::filesystem::exists(config)) {
    throw CheckpointError(fmt::format("{}: is not a run, which is a folder that `recur train` made: there is no {}",
                                      folder.string(), config.string()));
  }
  ComparedRun run{.name = folder.string(),
                  .config = flat_config(read_file(config)),
                  .history = read_metrics(folder / "metrics.jsonl"),
                  .record = read_run_record(folder / "run.json")};
  read_final_metrics(folder / "metrics.json", run);
  return run;
}

std::string task_of(const ComparedRun& run) {
  const auto found = run.config.find("task");
  return found == run.config.end() ? "-" : found->second;
}

/// Leaves out the folders that all paths begin with.
void shorten_names(std::vector<ComparedRun>& runs) {
  const auto& first = runs.front().name;
  size_t shared = first.size();
  for (const auto& run : runs) {
    const auto differs = std::ranges::mismatch(first, run.name).in1;
    shared = std::min<size_t>(shared, differs - first.begin());
  }
  const size_t slash = first.rfind('/', shared == first.size() ? shared - 1 : shared);
  if (slash == std::string::npos || slash >= shared) return;
  for (auto& run : runs) run.name.erase(0, slash + 1);
}

}  // namespace

Comparison compare_runs(const std::vector<std::filesystem::path>& folders) {
  Comparison comparison;
  for (const auto& folder : folders) {
    // "runs/a/" is runs/a.
    comparison.runs.push_back(read_run(folder.has_filename() ? folder : folder.parent_path()));
    const auto& run = comparison.runs.back();
    if (comparison.runs.size() == 1) comparison.task = task_of(run);
    if (task_of(run) != comparison.task) {
      throw ConfigError(fmt::format("runs of different tasks have nothing to compare: {} is of {}, {} is of {}",
                                    comparison.runs.front().name, comparison.task, run.name, task_of(run)));
    }
  }
  if (!comparison.runs.empty()) shorten_names(comparison.runs);
  return comparison;
}

std::map<std::string, std::vector<std::string>> differing_values(const Comparison& comparison) {
  std::map<std::string, std::vector<std::string>> values;
  for (size_t i = 0; i < comparison.runs.size(); ++i) {
    for (const auto& [key, value] : comparison.runs[i].config) {
      auto& row = values[key];
      row.resize(comparison.runs.size(), "-");
      row[i] = value;
    }
  }
  std::erase_if(values, [](const auto& item) {
    return std::ranges::all_of(item.second, [&](const auto& value) { return value == item.second.front(); });
  });
  return values;
}

bool same_examples(const Comparison& comparison) {
  std::set<std::pair<std::string, int64_t>> seen;
  for (const auto& run : comparison.runs) {
    if (!run.split.empty()) seen.insert({run.split, run.examples});
  }
  return seen.size() < 2;
}

std::map<std::string, std::vector<size_t>> best_runs(const Comparison& comparison) {
  if (!same_examples(comparison)) return {};
  std::map<std::string, std::map<double, std::vector<size_t>>> runs_by_value;
  for (size_t i = 0; i < comparison.runs.size(); ++i) {
    for (const auto& [name, value] : comparison.runs[i].metrics) {
      if (!std::isnan(value)) runs_by_value[name][value].push_back(i);
    }
  }
  std::map<std::string, std::vector<size_t>> best;
  for (const auto& [name, runs] : runs_by_value) {
    if (runs.size() < 2) continue;
    if (kLowerIsBetter.contains(name)) best[name] = runs.begin()->second;
    if (kHigherIsBetter.contains(name)) best[name] = runs.rbegin()->second;
  }
  return best;
}

ordered_json comparison_json(const Comparison& comparison) {
  ordered_json json = {{"task", comparison.task},
                       {"runs", ordered_json::array()},
                       {"differences", differing_values(comparison)},
                       {"best", ordered_json::object()}};
  for (const auto& run : comparison.runs) {
    const bool ended = run.record && run.record->result;
    json["runs"].push_back({{"run", run.name},
                            {"split", run.split.empty() ? ordered_json() : ordered_json(run.split)},
                            {"examples", run.split.empty() ? ordered_json() : ordered_json(run.examples)},
                            {"metrics", run.metrics},
                            {"parameters", run.record ? ordered_json(run.record->parameters) : ordered_json()},
                            {"steps", ended ? ordered_json(run.record->result->steps) : ordered_json()},
                            {"seconds", ended ? ordered_json(run.record->result->seconds) : ordered_json()}});
  }
  for (const auto& [name, runs] : best_runs(comparison)) {
    for (const size_t i : runs) json["best"][name].push_back(comparison.runs[i].name);
  }
  return json;
}

}  // namespace recur
