#include "trainers/sweep_results.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "trainers/log/format.h"
#include "trainers/log/metrics_csv.h"
#include "trainers/log/metrics_log.h"
#include "trainers/log/run_record.h"
#include "trainers/log/table.h"

namespace recur {
namespace {

using nlohmann::ordered_json;

ordered_json json_of(const ConfigNode& node) {
  if (node.is_null()) return nullptr;
  if (node.is_scalar()) {
    auto value = node.quoted ? ordered_json() : ordered_json::parse(node.scalar, nullptr, /*allow_exceptions=*/false);
    return node.quoted || value.is_discarded() ? ordered_json(node.scalar) : value;
  }
  auto json = node.is_map() ? ordered_json::object() : ordered_json::array();
  for (const auto& item : node.items) json.push_back(json_of(item));
  for (const auto& entry : node.entries) json[entry.key] = json_of(entry.value);
  return json;
}

/// Of one value on a line, without the line's end.
std::string value_yaml(const ConfigNode& node) {
  return node.is_scalar() ? node.scalar : write_yaml_line(node);
}

std::string short_key(const std::string& key) {
  return key.substr(key.rfind('.') + 1);
}

}  // namespace

std::string to_string(TrialStatus status) {
  switch (status) {
    case TrialStatus::kWaiting:
      return "waiting";
    case TrialStatus::kDone:
      return "done";
    case TrialStatus::kFailed:
      return "failed";
    case TrialStatus::kStopped:
      break;
  }
  return "stopped";
}

std::string trial_name(size_t index) {
  return fmt::format("trial-{}", index + 1);
}

TrialResult read_trial(const std::filesystem::path& folder) {
  TrialResult result{.status = TrialStatus::kDone};
  const auto record = read_run_record(folder / "run.json");
  if (!record || !record->result) return result;
  result.monitor = record->monitor;
  result.seconds = record->result->seconds;
  constexpr std::string_view kSplit = "validation/";
  for (const auto& row : read_metrics(folder / "metrics.jsonl")) {
    if (row.step > record->result->best_step.value_or(record->result->steps)) break;
    for (const auto& [name, value] : row.values) {
      if (name.starts_with(kSplit)) result.metrics[name.substr(kSplit.size())] = value;
    }
  }
  return result;
}

void SweepResults::set(size_t trial, TrialResult result) {
  const bool is_known = !sweep_.monitor || result.metrics.contains(sweep_.monitor->metric);
  if (result.status == TrialStatus::kDone && !is_known) {
    std::vector<std::string> known;
    for (const auto& item : result.metrics) known.push_back(item.first);
    throw ConfigError(fmt::format("sweep.metric: {} is not measured on the validation split, where {} are: {}",
                                  quote_for_message(sweep_.monitor->metric), trial_name(trial),
                                  fmt::join(known, ", ")));
  }
  trials_[trial] = std::move(result);
}

size_t SweepResults::count(TrialStatus status) const {
  return std::ranges::count(trials_, status, &TrialResult::status);
}

std::optional<Monitor> SweepResults::monitor() const {
  if (sweep_.monitor) return sweep_.monitor;
  for (const auto& trial : trials_) {
    if (trial.monitor) return trial.monitor;
  }
  return std::nullopt;
}

std::optional<double> SweepResults::value(size_t trial) const {
  const auto by = monitor();
  if (!by) return std::nullopt;
  const auto& metrics = trials_[trial].metrics;
  const auto found = metrics.find(by->metric);
  return found == metrics.end() || std::isnan(found->second) ? std::nullopt : std::optional(found->second);
}

std::optional<size_t> SweepResults::best() const {
  std::optional<size_t> best;
  for (size_t i = 0; i < trials_.size(); ++i) {
    const auto mine = value(i);
    if (!mine) continue;
    if (!best || (monitor()->lower_is_better ? *mine < *value(*best) : *mine > *value(*best))) best = i;
  }
  return best;
}

std::string SweepResults::values_text(size_t trial) const {
  std::vector<std::string> texts;
  for (size_t k = 0; k < sweep_.keys.size(); ++k) {
    texts.push_back(fmt::format("{}={}", short_key(sweep_.keys[k]), value_yaml(sweep_.trials[trial].values[k])));
  }
  return printable(fmt::format("{}", fmt::join(texts, " ")));
}

std::string SweepResults::value_text(size_t trial) const {
  const auto mine = value(trial);
  return mine ? fmt::format("{} {}", monitor()->metric, format_number(*mine)) : "";
}

std::string SweepResults::to_text() const {
  const auto first = best();
  Table table{.header = {"trial"}};
  for (const auto& key : sweep_.keys) table.header.push_back(short_key(key));
  table.header.push_back(monitor() ? monitor()->metric : "metric");
  table.header.insert(table.header.end(), {"time", ""});
  for (size_t i = 0; i < trials_.size(); ++i) {
    std::vector<std::string> row = {trial_name(i)};
    for (const auto& node : sweep_.trials[i].values) row.push_back(printable(value_yaml(node)));
    const bool is_done = trials_[i].status == TrialStatus::kDone;
    row.push_back(value(i) ? format_number(*value(i)) : "-");
    row.push_back(is_done ? format_duration(trials_[i].seconds) : "-");
    row.push_back(i == first ? "best" : is_done ? "" : to_string(trials_[i].status));
    table.rows.push_back(std::move(row));
  }
  return table.to_string(true, 2);
}

ordered_json SweepResults::to_json() const {
  const auto by = monitor();
  const auto first = best();
  ordered_json json = {{"task", sweep_.task},
                       {"split", "validation"},
                       {"metric", by ? ordered_json(by->metric) : ordered_json()},
                       {"goal", by ? ordered_json(by->lower_is_better ? "minimize" : "maximize") : ordered_json()},
                       {"best", first ? ordered_json(trial_name(*first)) : ordered_json()},
                       {"trials", ordered_json::array()}};
  for (size_t i = 0; i < trials_.size(); ++i) {
    const auto mine = value(i);
    ordered_json trial = {{"trial", trial_name(i)},
                          {"status", to_string(trials_[i].status)},
                          {"best", i == first},
                          {"values", ordered_json::object()},
                          {"value", mine ? ordered_json(*mine) : ordered_json()},
                          {"metrics", trials_[i].metrics},
                          {"seconds", trials_[i].seconds}};
    for (size_t k = 0; k < sweep_.keys.size(); ++k) {
      trial["values"][sweep_.keys[k]] = json_of(sweep_.trials[i].values[k]);
    }
    json["trials"].push_back(std::move(trial));
  }
  return json;
}

std::string SweepResults::to_csv() const {
  std::string csv = "trial,status";
  for (const auto& key : sweep_.keys) csv += "," + csv_cell(key);
  csv += fmt::format(",{},seconds\n", csv_cell(monitor() ? monitor()->metric : "metric"));
  for (size_t i = 0; i < trials_.size(); ++i) {
    csv += fmt::format("{},{}", trial_name(i), to_string(trials_[i].status));
    for (const auto& node : sweep_.trials[i].values) csv += "," + csv_cell(value_yaml(node));
    csv += value(i) ? fmt::format(",{},{:.3f}\n", *value(i), trials_[i].seconds) : ",,\n";
  }
  return csv;
}

}  // namespace recur
