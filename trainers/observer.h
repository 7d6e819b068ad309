// What a run tells those who watch it: the progress bar, metrics.jsonl, TensorBoard, a test.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "trainers/task.h"

namespace recur {

/// Sent once, before the first step.
struct FitStart {
  bool resumed = false;          ///< a checkpoint was loaded; rows logged after `step` are to be dropped
  int64_t step = 0;              ///< optimizer steps done by earlier parts of the run
  int64_t epoch = 0;             ///< the epoch that goes on or begins, from 0
  int64_t epochs = 0;            ///< planned
  int64_t batches = 0;           ///< in the first epoch
  int64_t total_steps = 0;       ///< planned optimizer steps; exact unless epochs differ in their number of batches
  int64_t parameters = 0;        ///< numbers that are trained
  Monitor monitor = {};          ///< the metric that chooses the best checkpoint
  double elapsed_seconds = 0.0;  ///< spent by earlier parts of the run
};

/// Sent after each optimizer step.
struct StepReport {
  int64_t step = 0;                ///< optimizer steps done
  int64_t epoch = 0;               ///< the epoch in progress, from 0
  int64_t batch = 0;               ///< batches of it done
  int64_t batches = 0;             ///< batches in it
  int64_t examples = 0;            ///< in this step
  double loss = 0.0;               ///< mean over this step's examples
  double epoch_loss = 0.0;         ///< mean over the epoch so far
  double learning_rate = 0.0;      ///< used in this step
  double gradient_norm = 0.0;      ///< over all parameters, before clipping
  double examples_per_second = 0;  ///< of this step
  bool log = false;                ///< every log_every_steps-th step: the ones worth a line in a file
};

/// Sent after each evaluation on the validation split.
struct EvaluationReport {
  int64_t step = 0;
  int64_t epoch = 0;  ///< the epoch in progress or just ended, from 0
  bool epoch_ended = false;
  double epoch_loss = 0.0;  ///< mean training loss over the epoch so far
  Metrics metrics = {};
  bool is_best = false;
  int64_t evaluations_without_improvement = 0;
  double seconds = 0.0;  ///< that the evaluation took
};

enum class StopReason { kEpochs, kMaxSteps, kMaxMinutes, kPatience, kInterrupted };

/// "epochs", "max_steps", "max_minutes", "patience" or "interrupted".
std::string to_string(StopReason reason);

struct FitResult {
  StopReason reason = StopReason::kEpochs;
  int64_t epochs = 0;  ///< whole epochs done
  int64_t steps = 0;
  double seconds = 0.0;                   ///< wall time, earlier parts of the run included
  Metrics metrics = {};                   ///< of the weights that the model holds now; empty if nothing was evaluated
  std::optional<int64_t> best_step = {};  ///< where those weights come from
};

/// Everything is optional; a reference handed over lives for the time of the call.  An observer may throw: the run
/// stops and the exception passes through fit().
class FitObserver {
 public:
  virtual ~FitObserver() = default;
  virtual void on_start(const FitStart&) {}
  virtual void on_step(const StepReport&) {}
  virtual void on_evaluation(const EvaluationReport&) {}
  virtual void on_checkpoint(const std::filesystem::path&) {}
  virtual void on_end(const FitResult&) {}
};

}  // namespace recur
