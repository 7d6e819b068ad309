#include "trainers/log/run_record.h"

#include <array>
#include <ctime>

#include <fmt/chrono.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "core/files.h"
#include "trainers/log/format.h"

namespace recur {
namespace {

using nlohmann::ordered_json;

constexpr std::array kReasons = {StopReason::kEpochs, StopReason::kMaxSteps, StopReason::kMaxMinutes,
                                 StopReason::kPatience, StopReason::kInterrupted};

StopReason reason_of(const std::string& text) {
  for (const auto reason : kReasons) {
    if (to_string(reason) == text) return reason;
  }
  throw Error(fmt::format("\"ended_by\" is \"{}\", which is no reason", text));
}

FitResult parse_result(const ordered_json& json) {
  FitResult result{.reason = reason_of(json.at("ended_by")),
                   .epochs = json.at("epochs"),
                   .steps = json.at("steps"),
                   .seconds = json.at("seconds")};
  if (json.contains("best_step")) result.best_step = json.at("best_step").get<int64_t>();
  return result;
}

RunRecord parse_record(const ordered_json& json) {
  RunRecord record{.recur = json.at("recur"),
                   .libtorch = json.at("libtorch"),
                   .device = json.at("device"),
                   .threads = json.at("threads"),
                   .parameters = json.at("parameters"),
                   .started = json.at("started"),
                   .ended = json.value("ended", "")};
  if (json.contains("monitor")) {
    const auto& monitor = json.at("monitor");
    record.monitor = {.metric = monitor.at("metric"), .lower_is_better = monitor.at("lower_is_better")};
  }
  if (json.contains("ended_by")) record.result = parse_result(json);
  return record;
}

}  // namespace

std::string utc_now() {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
}

void write_run_record(const std::filesystem::path& path, const RunRecord& record) {
  ordered_json json = {{"recur", record.recur},     {"libtorch", record.libtorch},     {"device", record.device},
                       {"threads", record.threads}, {"parameters", record.parameters}, {"started", record.started}};
  if (record.monitor) {
    json["monitor"] = {{"metric", record.monitor->metric}, {"lower_is_better", record.monitor->lower_is_better}};
  }
  if (!record.ended.empty()) json["ended"] = record.ended;
  if (record.result) {
    json["ended_by"] = to_string(record.result->reason);
    json["epochs"] = record.result->epochs;
    json["steps"] = record.result->steps;
    json["seconds"] = record.result->seconds;
    if (record.result->best_step) json["best_step"] = *record.result->best_step;
  }
  write_file_atomically(path, json.dump(2) + "\n");
}

std::optional<RunRecord> read_run_record(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) return std::nullopt;
  const auto text = read_file(path);
  try {
    return parse_record(ordered_json::parse(text));
  } catch (const std::exception& error) {
    throw DataError({path.string(), 0, 0},
                    fmt::format("expected the record that `recur train` writes: {}", error.what()));
  }
}

std::vector<std::pair<std::string, std::string>> result_facts(const RunRecord& record) {
  std::vector<std::pair<std::string, std::string>> facts = {{"parameters", format_count(record.parameters)}};
  if (!record.result) return facts;
  facts.insert(facts.end(), {{"epochs", format_count(record.result->epochs)},
                             {"steps", format_count(record.result->steps)},
                             {"time", format_duration(record.result->seconds)},
                             {"ended by", to_string(record.result->reason)}});
  return facts;
}

std::vector<std::pair<std::string, std::string>> environment_facts(const RunRecord& record) {
  return {{"recur", record.recur},     {"LibTorch", record.libtorch},
          {"device", record.device},   {"threads", std::to_string(record.threads)},
          {"started", record.started}, {"ended", record.ended.empty() ? "-" : record.ended}};
}

}  // namespace recur
