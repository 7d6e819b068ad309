// Checkpoints: one file per saved state of a run.
//
// The file is a pickle of plain data (nested dictionaries of tensors, strings and numbers) in torch's zip container, so
// Python reads it: `torch.load("last.pt", weights_only=True)["model"]` is the state_dict.  Nothing in a file can run
// code here: the reader builds tensors and containers, and refuses everything else.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include <torch/nn/module.h>

#include "trainers/optimizer.h"
#include "trainers/schedule.h"
#include "trainers/task.h"

namespace recur {

/// The best evaluation so far and the wait since then.
struct BestSoFar {
  std::optional<double> value = {};  ///< of the monitored metric
  int64_t step = 0;
  int64_t evaluations_without_improvement = 0;
};

/// All that a run needs, beside the weights, to go on as if it had never stopped.
struct TrainingState {
  int64_t batch = 0;            ///< batches of the epoch done
  double loss_sum = 0.0;        ///< over the epoch's examples so far
  int64_t examples = 0;         ///< of the epoch so far
  int64_t evaluated_step = -1;  ///< the last step that was evaluated
  double seconds = 0.0;         ///< wall time
  BestSoFar best = {};
  PlateauState plateau = {};
  OptimizerState optimizer = {};
  TensorMap average = {};     ///< of the weights; empty without ema_decay
  TensorMap generators = {};  ///< "cpu", and "cuda" if the model is there
  TensorMap task = {};        ///< Task::carried_state()
};

struct Checkpoint {
  std::string config_yaml = {};
  std::string pipeline_json = "{}";
  int64_t step = 0;                            ///< optimizer steps done
  int64_t epoch = 0;                           ///< the epoch in progress, from 0
  Metrics metrics = {};                        ///< of the last evaluation; in best.pt: of these weights
  TensorMap model = {};                        ///< parameters and buffers
  std::optional<TrainingState> training = {};  ///< absent in best.pt
};

/// Replaces the file atomically.  Tensors may be on any device and are stored as CPU tensors.
/// @throws Error if it cannot be written.
void write_checkpoint(const std::filesystem::path& path, const Checkpoint& checkpoint);

/// Verifies every byte that matters (torch's own reader does not look at the archive's checksums), then reads.  Needs
/// no model: config, pipeline and metrics can be looked at before one is built.  All tensors are on the CPU.
/// @throws CheckpointError naming the file and what is wrong: absent, truncated, damaged, foreign, from a later
/// version.
Checkpoint read_checkpoint(const std::filesystem::path& path);

/// Parameters and buffers by name; shares memory with the model.
TensorMap model_state(const torch::nn::Module& model);

/// Copies `state` into the model's parameters and buffers, on whatever device they are.
/// @throws CheckpointError listing all names that are missing, unknown, or have another shape or dtype; the model is
/// then untouched.
void load_model_state(torch::nn::Module& model, const TensorMap& state, const std::string& source);

}  // namespace recur
