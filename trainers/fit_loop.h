// The training loop's parts; private to fit.cpp and fit_step.cpp.
#pragma once

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>
#include <vector>

#include "core/thread_team.h"
#include "trainers/checkpoint.h"
#include "trainers/ema.h"
#include "trainers/fit.h"
#include "trainers/optimizer.h"

namespace recur::detail {

class FitLoop {
 public:
  FitLoop(Task& task, const TrainerOptions& options, const FitSetup& setup);

  FitResult run();

 private:
  using Clock = std::chrono::steady_clock;

  // The run's beginning and end.
  void begin();
  /// Takes up where `checkpoint` was saved; the model has its weights already.
  void resume(Checkpoint checkpoint);
  void restore(TrainingState saved);
  FitResult finish(StopReason reason);
  void restore_best(FitResult& result);

  // One optimizer step and what follows it.
  void advance();
  void start_epoch(int64_t epoch);
  StepReport step();
  std::vector<torch::Tensor> backward(int64_t first, int64_t last, int64_t examples);
  /// Of a batch, as the options want them computed.
  std::vector<LossPart> loss_parts(int64_t batch);
  void check_finite(const torch::Tensor& numbers, int64_t first_batch) const;
  void clip(double norm);
  void evaluate();
  bool is_better(double value) const;

  // What is due.
  std::optional<StopReason> stop_reason() const;
  bool evaluation_due() const;
  bool checkpoint_due() const;

  // Checkpoints.
  void save_last();
  void save_best();
  std::filesystem::path file(const char* name) const { return setup_.checkpoints / name; }
  bool keeps_files() const { return !setup_.checkpoints.empty(); }

  bool epoch_ended() const { return state_.batch >= batches_; }
  int64_t epochs_done() const { return epoch_ + (epoch_ended() ? 1 : 0); }
  double epoch_loss() const { return state_.loss_sum / static_cast<double>(std::max<int64_t>(1, state_.examples)); }
  double elapsed_seconds() const {
    return state_.seconds + std::chrono::duration<double>(Clock::now() - start_).count();
  }
  double learning_rate() const;

  template <class Event>
  void tell(void (FitObserver::*method)(const Event&), const Event& event) const {
    for (auto* observer : setup_.observers) (observer->*method)(event);
  }

  Task& task_;
  const TrainerOptions& options_;
  const FitSetup& setup_;
  torch::nn::Module& model_;
  const Monitor monitor_;
  Optimizer optimizer_;
  const torch::Device device_;
  std::optional<WeightAverage> average_;
  std::optional<ThreadTeam> team_;  // on a CPU with several threads: for tasks that cut their batches

  const Clock::time_point start_ = Clock::now();
  int64_t total_steps_ = 0;
  int64_t step_ = 0;
  int64_t epoch_ = 0;
  int64_t batches_ = 0;   // of this epoch
  TrainingState state_;   // its tensors are filled in only when it is saved; its seconds are those of earlier parts
  Metrics metrics_;       // of the last evaluation
  Metrics best_metrics_;  // these two only where no files are kept
  TensorMap best_weights_;
  int64_t saved_step_ = -1;
};

}  // namespace recur::detail
