// run.json: where, when and by what a run was trained, and how far it came.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "trainers/observer.h"

namespace recur {

struct RunRecord {
  std::string recur = {};     ///< the program's version
  std::string libtorch = {};  ///< version
  std::string device = {};    ///< e.g. "cpu", "cuda:0"
  int64_t threads = 0;
  int64_t parameters = 0;
  std::optional<Monitor> monitor = {};   ///< the metric that chooses best.pt; absent in records of older programs
  std::string started = {};              ///< first start of the run, "2026-11-27T15:59:33Z"; kept by a resumed run
  std::string ended = {};                ///< last end; empty while it is trained
  std::optional<FitResult> result = {};  ///< absent while it is trained; its metrics are those of metrics.json
};

/// The time now, in UTC, as the record has it.
std::string utc_now();

/// Replaces the file atomically.
void write_run_record(const std::filesystem::path& path, const RunRecord& record);

/// Absent if the file is.  @throws DataError naming a file that is no such record.
std::optional<RunRecord> read_run_record(const std::filesystem::path& path);

/// Names and values for people: what came of the run ("parameters", "epochs", "steps", "time", "ended by") ...
std::vector<std::pair<std::string, std::string>> result_facts(const RunRecord& record);
/// ... and what it was trained by ("recur", "LibTorch", "device", "threads", "started", "ended").
std::vector<std::pair<std::string, std::string>> environment_facts(const RunRecord& record);

}  // namespace recur
