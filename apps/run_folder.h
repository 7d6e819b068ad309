// A run is a folder: config.yaml, run.json, metrics.jsonl, TensorBoard's file, checkpoints/{last,best}.pt,
// metrics.json, report.html.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "trainers/experiment.h"

namespace recur::apps {

struct RunFolder {
  std::filesystem::path path;

  std::filesystem::path config() const { return path / "config.yaml"; }
  std::filesystem::path checkpoints() const { return path / "checkpoints"; }
  std::filesystem::path last() const { return checkpoints() / "last.pt"; }
  std::filesystem::path best() const { return checkpoints() / "best.pt"; }
  std::filesystem::path history() const { return path / "metrics.jsonl"; }
  std::filesystem::path record() const { return path / "run.json"; }
  std::filesystem::path metrics() const { return path / "metrics.json"; }
  std::filesystem::path report() const { return path / "report.html"; }
  /// One run of a cross-validation, from 1.
  RunFolder fold(int64_t number) const { return {path / ("fold-" + std::to_string(number))}; }
};

/// runs/NAME-N with the first N, from 1, that does not exist yet.
RunFolder new_run_folder(const std::string& name);

/// `run`, or if it is empty a new folder of `name`.  @throws ConfigError if it holds a run, with what else to do.
RunFolder unused_run_folder(const std::string& run, const std::string& name,
                            const char* advice = "name another folder by --run");

/// The newest runs/NAME-N.  @throws ConfigError if there is none.
RunFolder newest_run_folder(const std::string& name);

/// Takes up the best weights of a run (the last ones where none was evaluated), with the config they were trained by.
/// @throws CheckpointError if `run` is no folder of a run, or its checkpoint is damaged.
std::unique_ptr<Experiment> open_run(const RunFolder& run);

/// Applies what a config says of the machine: threads, seed, determinism.
void prepare_machine(const RunOptions& options);

}  // namespace recur::apps
