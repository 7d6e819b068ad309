#include "trainers/log/run_observer.h"

#include <ostream>
#include <utility>

#include <fmt/format.h>

#include "models/sequence/cell_trace.h"
#include "trainers/config_difference.h"
#include "trainers/log/format.h"

namespace recur {

RunObserver::RunObserver(RunObserverOptions options, ProgressSink sink)
    : options_(std::move(options)), sink_(std::move(sink)) {}

RunObserver::~RunObserver() = default;

void RunObserver::on_start(const FitStart& start) {
  start_ = start;
  if (!options_.folder.empty()) {
    const auto resume_step = start.resumed ? std::optional(start.step) : std::nullopt;
    log_ = std::make_unique<MetricsLog>(options_.folder / "metrics.jsonl", resume_step);
    // A run that starts anew in its folder has TensorBoard forget all that an earlier attempt wrote there.
    if (options_.tensorboard)
      tensorboard_ = std::make_unique<TensorBoardWriter>(options_.folder, resume_step.value_or(-1));
  }
  if (tensorboard_ && !options_.config_yaml.empty()) {
    tensorboard_->hyper_parameters(flat_config(options_.config_yaml));
    tensorboard_->text("config", start.step, options_.config_yaml);
  }
  watch_step_after(start.step);
  if (!start.resumed) return;
  say(fmt::format("resumed at step {}, epoch {}/{}, after {}", format_count(start.step), start.epoch + 1, start.epochs,
                  format_duration(start.elapsed_seconds)));
}

void RunObserver::on_step(const StepReport& step) {
  if (options_.screen) {
    // A bar's clock starts after its first step, which therefore does not count into its rate.
    const bool is_first = !bar_ || bar_epoch_ != step.epoch;
    if (is_first) start_bar(step.epoch, step.batches, step.batch);
    bar_->update(step.batch, is_first ? 0 : step.examples, step.epoch_loss);
  }
  if (probe_) write_histograms(step.step);
  watch_step_after(step.step);
  if (!step.log) return;
  write(step.step, step.epoch,
        {{"train/loss", step.loss},
         {"train/learning_rate", step.learning_rate},
         {"train/gradient_norm", step.gradient_norm},
         {"train/examples_per_second", step.examples_per_second}});
}

void RunObserver::on_evaluation(const EvaluationReport& evaluation) {
  Metrics values = {{"train/epoch_loss", evaluation.epoch_loss}};
  for (const auto& [name, value] : evaluation.metrics) values["validation/" + name] = value;
  write(evaluation.step, evaluation.epoch, values);
  if (tensorboard_) tensorboard_->flush();
  watch_step_after(evaluation.step);  // and not what the evaluation read

  std::string line = fmt::format("epoch {}/{}  step {}  training loss {}", evaluation.epoch + 1, start_.epochs,
                                 format_count(evaluation.step), format_number(evaluation.epoch_loss));
  for (const auto& [name, value] : evaluation.metrics) line += fmt::format("  {} {}", name, format_number(value));
  say(line + (evaluation.is_best ? "  best" : ""));
}

void RunObserver::on_end(const FitResult& result) {
  bar_.reset();
  if (tensorboard_) tensorboard_->flush();
  const bool interrupted = result.reason == StopReason::kInterrupted;
  std::string line =
      fmt::format("{} after {} steps, {}", interrupted ? "interrupted" : "stopped by " + to_string(result.reason),
                  format_count(result.steps), format_duration(result.seconds));
  if (result.best_step) line += fmt::format("; best at step {}", format_count(*result.best_step));
  say(line);
}

void RunObserver::write(int64_t step, int64_t epoch, const Metrics& values) {
  if (log_) log_->append({.step = step, .epoch = epoch, .values = values});
  if (!tensorboard_) return;
  for (const auto& [name, value] : values) tensorboard_->scalar(name, step, value);
}

void RunObserver::watch_step_after(int64_t step) {
  probe_.reset();
  const int64_t every = options_.histograms_every_steps;
  if (tensorboard_ && options_.model && every > 0 && (step + 1) % every == 0)
    probe_ = std::make_unique<RecurrentProbe>();
}

void RunObserver::write_gates(int64_t step) {
  for (const auto& reading : probe_->readings()) {
    auto layer = weight_name(*options_.model, reading);
    if (const auto at = layer.find("weight_ih_"); at != std::string::npos) layer.erase(at, sizeof "weight_ih_" - 1);
    const auto gates = trace_cell(reading).gates;
    for (size_t k = 0; k < gates.size(); ++k) {
      if (!gates[k].defined()) continue;
      tensorboard_->histogram(fmt::format("gates/{}/{}", layer, reading.cell->gates[k]), step, gates[k]);
    }
  }
}

void RunObserver::write_histograms(int64_t step) {
  write_gates(step);
  for (const auto& parameter : options_.model->named_parameters()) {
    tensorboard_->histogram("weights/" + parameter.key(), step, parameter.value());
    const auto& gradient = parameter.value().grad();
    if (gradient.defined()) tensorboard_->histogram("gradients/" + parameter.key(), step, gradient);
  }
}

void RunObserver::start_bar(int64_t epoch, int64_t batches, int64_t batches_done) {
  bar_.reset();  // the old one clears its line before the new one draws
  bar_epoch_ = epoch;
  bar_ =
      std::make_unique<ProgressBar>(ProgressOptions{.description = fmt::format("epoch {}/{}", epoch + 1, start_.epochs),
                                                    .total = batches,
                                                    .start = batches_done,
                                                    .unit = options_.unit},
                                    sink_);
}

void RunObserver::say(const std::string& line) {
  if (!options_.screen) return;
  if (bar_) {
    bar_->print_line(line);
  } else {
    *sink_.out << line << std::endl;
  }
}

}  // namespace recur
