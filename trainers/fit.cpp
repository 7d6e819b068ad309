#include "trainers/fit.h"

#include <algorithm>
#include <utility>

#include <ATen/Parallel.h>

#include "core/error.h"
#include "trainers/fit_loop.h"
#include "trainers/generators.h"

namespace recur {
namespace detail {

FitLoop::FitLoop(Task& task, const TrainerOptions& options, const FitSetup& setup)
    : task_(task),
      options_(options),
      setup_(setup),
      model_(task.model()),
      monitor_(task.monitor()),
      optimizer_(options.optimizer, model_),
      device_(optimizer_.parameters().front().value.device()) {
  if (options.ema_decay) average_.emplace(*options.ema_decay, optimizer_.parameters());
  if (device_.is_cpu() && at::get_num_threads() > 1) team_.emplace(at::get_num_threads());
}

FitResult FitLoop::run() {
  begin();
  auto reason = stop_reason();
  while (!reason) {
    advance();
    reason = stop_reason();
    if (!reason && checkpoint_due()) save_last();
  }
  return finish(*reason);
}

// The run's beginning and end.

namespace {
int64_t ceil_divide(int64_t a, int64_t b) {
  return (a + b - 1) / b;
}
}  // namespace

void FitLoop::begin() {
  std::optional<Checkpoint> saved;
  if (setup_.resume && keeps_files() && std::filesystem::exists(file("last.pt"))) {
    saved = read_checkpoint(file("last.pt"));
    // Before an epoch is planned: what a task computes from the model then, e.g. features, is of the saved weights.
    load_model_state(model_, saved->model, file("last.pt").string());
  }
  start_epoch(0);
  total_steps_ = options_.epochs * ceil_divide(batches_, options_.accumulate);
  if (options_.max_steps) total_steps_ = std::min(total_steps_, *options_.max_steps);
  const bool resumed = saved.has_value();
  if (resumed) resume(std::move(*saved));
  model_.train();
  FitStart event{.resumed = resumed,
                 .step = step_,
                 .epoch = epoch_,
                 .epochs = options_.epochs,
                 .batches = batches_,
                 .total_steps = total_steps_,
                 .monitor = monitor_,
                 .elapsed_seconds = state_.seconds};
  for (const auto& parameter : optimizer_.parameters()) event.parameters += parameter.value.numel();
  tell(&FitObserver::on_start, event);
}

void FitLoop::resume(Checkpoint checkpoint) {
  const auto path = file("last.pt");
  if (!checkpoint.training) throw CheckpointError(fmt::format("{}: holds weights, but no training", path.string()));
  if (checkpoint.epoch != 0) start_epoch(checkpoint.epoch);
  if (checkpoint.training->batch > batches_) {
    throw CheckpointError(fmt::format("{}: saved after batch {} of an epoch that now has {}; was the data changed?",
                                      path.string(), checkpoint.training->batch, batches_));
  }
  if (checkpoint.training->best.value && !std::filesystem::exists(file("best.pt"))) {
    throw CheckpointError(fmt::format("{}: best.pt, which belongs to it, is not beside it", path.string()));
  }
  step_ = saved_step_ = checkpoint.step;
  metrics_ = std::move(checkpoint.metrics);
  try {
    restore(std::move(*checkpoint.training));
  } catch (const CheckpointError& error) {
    throw CheckpointError(fmt::format("{}: {}", path.string(), error.what()));
  }
}

void FitLoop::restore(TrainingState saved) {
  optimizer_.load_state(std::exchange(saved.optimizer, {}));
  if (average_) average_.emplace(*options_.ema_decay, optimizer_.parameters());  // of the weights just loaded
  const auto average = std::exchange(saved.average, {});
  if (average_ && !average.empty()) average_->load_state(average);
  const auto carried = std::exchange(saved.task, {});
  if (!carried.empty()) task_.restore_carried_state(carried);
  restore_generator_states(std::exchange(saved.generators, {}), device_);  // last: the above might draw
  state_ = std::move(saved);
}

FitResult FitLoop::finish(StopReason reason) {
  if (reason != StopReason::kInterrupted && state_.evaluated_step != step_) {
    evaluate();
    saved_step_ = -1;
  }
  if (saved_step_ != step_) save_last();
  FitResult result{.reason = reason, .epochs = epochs_done(), .steps = step_, .seconds = elapsed_seconds()};
  if (reason == StopReason::kInterrupted) {
    if (state_.evaluated_step == step_ && !average_) result.metrics = metrics_;
  } else if (state_.best.value) {
    restore_best(result);
  }
  tell(&FitObserver::on_end, result);
  return result;
}

void FitLoop::restore_best(FitResult& result) {
  result.best_step = state_.best.step;
  if (!keeps_files()) {
    load_model_state(model_, best_weights_, "the best weights");
    result.metrics = best_metrics_;
    return;
  }
  const auto best = read_checkpoint(file("best.pt"));
  load_model_state(model_, best.model, file("best.pt").string());
  result.metrics = best.metrics;
  result.best_step = best.step;
}

// What is due.

std::optional<StopReason> FitLoop::stop_reason() const {
  const auto& o = options_;
  if (epochs_done() >= o.epochs) return StopReason::kEpochs;
  if (o.max_steps && step_ >= *o.max_steps) return StopReason::kMaxSteps;
  if (o.patience && state_.best.evaluations_without_improvement >= *o.patience) return StopReason::kPatience;
  if (o.max_minutes && elapsed_seconds() >= 60.0 * *o.max_minutes) return StopReason::kMaxMinutes;
  if (setup_.interrupt && setup_.interrupt->load()) return StopReason::kInterrupted;
  return std::nullopt;
}

bool FitLoop::evaluation_due() const {
  if (options_.evaluate_every_steps > 0) return step_ % options_.evaluate_every_steps == 0;
  return epoch_ended() && epochs_done() % options_.evaluate_every_epochs == 0;
}

bool FitLoop::checkpoint_due() const {
  return options_.checkpoint_every_steps > 0 ? step_ % options_.checkpoint_every_steps == 0 : epoch_ended();
}

// Checkpoints.

void FitLoop::save_last() {
  saved_step_ = step_;
  if (!keeps_files()) return;
  auto state = state_;
  state.seconds = elapsed_seconds();
  state.optimizer = optimizer_.state();
  if (average_) state.average = average_->state();
  state.generators = generator_states(device_);
  state.task = task_.carried_state();
  write_checkpoint(file("last.pt"), {.config_yaml = setup_.config_yaml,
                                     .pipeline_json = task_.pipeline_json(),
                                     .step = step_,
                                     .epoch = epoch_,
                                     .metrics = metrics_,
                                     .model = model_state(model_),
                                     .training = std::move(state)});
  tell(&FitObserver::on_checkpoint, file("last.pt"));
}

void FitLoop::save_best() {
  if (!keeps_files()) {
    best_metrics_ = metrics_;
    for (const auto& [name, tensor] : model_state(model_)) best_weights_[name] = tensor.detach().clone();
    return;
  }
  write_checkpoint(file("best.pt"), {.config_yaml = setup_.config_yaml,
                                     .pipeline_json = task_.pipeline_json(),
                                     .step = step_,
                                     .epoch = epoch_,
                                     .metrics = metrics_,
                                     .model = model_state(model_)});
  tell(&FitObserver::on_checkpoint, file("best.pt"));
}

}  // namespace detail

std::string to_string(StopReason reason) {
  switch (reason) {
    case StopReason::kEpochs:
      return "epochs";
    case StopReason::kMaxSteps:
      return "max_steps";
    case StopReason::kMaxMinutes:
      return "max_minutes";
    case StopReason::kPatience:
      return "patience";
    case StopReason::kInterrupted:
      return "interrupted";
  }
  return "unknown";
}

FitResult fit(Task& task, const TrainerOptions& options, const FitSetup& setup) {
  return detail::FitLoop(task, options, setup).run();
}

}  // namespace recur
