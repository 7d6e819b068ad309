#include "apps/train_run.h"

#include <atomic>
#include <csignal>
#include <cstdio>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "apps/evaluation.h"
#include "apps/reading_bar.h"
#include "apps/verbs.h"
#include "core/error.h"
#include "core/files.h"
#include "trainers/catalog.h"
#include "trainers/config_difference.h"
#include "trainers/fit.h"
#include "trainers/log/format.h"
#include "trainers/log/report.h"
#include "trainers/log/run_observer.h"

namespace recur::apps {
namespace {

std::atomic<bool> interrupted{false};
std::atomic<int> received_signal{0};

/// The first signal asks the loop to save and end; a second one ends the program at once.
extern "C" void on_signal(int signal) {
  interrupted = true;
  received_signal = signal;
  std::signal(signal, SIG_DFL);
}

int64_t count_parameters(const torch::nn::Module& model) {
  int64_t count = 0;
  for (const auto& parameter : model.parameters()) count += parameter.numel();
  return count;
}

/// From the files, as `recur evaluate` will see them later.
void write_results(const TrainRequest& request, const TaskType& task, const FitResult& fitted) {
  const auto& run = request.run;
  const auto best = open_run(run);
  Experiment& experiment = *best;
  auto evaluation = experiment.evaluate(experiment.measured_split());
  write_file_atomically(run.metrics(), evaluation_json(experiment.run_options().task, evaluation).dump(2) + "\n");
  const auto sections = experiment.report_sections();
  for (const auto& section : sections) {
    if (!section.svg_name.empty()) write_file_atomically(run.path / section.svg_name, section.svg);
  }
  const auto options = experiment.run_options();
  write_report(run.report(), {.title = options.name,
                              .subtitle = task.title,
                              .facts = {{"parameters", format_count(count_parameters(experiment.model()))},
                                        {"epochs", format_count(fitted.epochs)},
                                        {"steps", format_count(fitted.steps)},
                                        {"time", format_duration(fitted.seconds)},
                                        {"ended by", to_string(fitted.reason)},
                                        {"seed", std::to_string(options.seed)}},
                              .config_yaml = experiment.config_yaml(),
                              .history = read_metrics(run.history()),
                              .best_step = fitted.best_step,
                              .metrics = evaluation.metrics,
                              .baselines = evaluation.baselines,
                              .split = evaluation.split,
                              .sections = sections});
  if (!request.details) evaluation.details_text.clear();
  fmt::print(stderr, "\n{}", evaluation_text(evaluation));
}

}  // namespace

void compare_configs(const RunFolder& run, const std::string& began_with, const std::string& config_yaml,
                     bool accept_changes) {
  const auto difference = config_difference(began_with, config_yaml);
  if (difference.empty()) return;
  const auto text =
      fmt::format("{}: the config differs from the one this run began with:\n{}", run.path.string(), difference);
  if (!accept_changes) {
    throw ConfigError(text + "Train with the old config, or go on with the new one by --accept-changes.");
  }
  fmt::print(stderr, "{}", text);
}

void train_run(const TrainRequest& request) {
  const auto& run = request.run;
  const auto& task = task_of(request.config);
  const auto resolved = task.resolve(request.config);
  if (request.resume && std::filesystem::exists(run.last())) {
    compare_configs(run, read_checkpoint(run.last()).config_yaml, resolved.yaml, request.accept_changes);
  }
  prepare_machine(resolved.run);
  const auto experiment = task.make(request.config, nullptr, reading_bar());
  for (const auto& line : experiment->data_report()) fmt::print(stderr, "{}\n", line);
  fmt::print(stderr, "{} parameters; run {}\n", format_count(count_parameters(experiment->model())), run.path.string());

  write_file_atomically(run.config(), resolved.yaml);
  RunObserver observer({.folder = run.path});
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  const auto fitted = fit(*experiment, experiment->trainer_options(),
                          {.checkpoints = run.checkpoints(),
                           .config_yaml = resolved.yaml,
                           .resume = request.resume,
                           .observers = {&observer},
                           .interrupt = &interrupted});
  if (fitted.reason == StopReason::kInterrupted) {
    fmt::print(stderr, "stopped and saved; go on with: {}\n", request.command_to_resume);
    throw Exit{128 + received_signal.load()};
  }
  write_results(request, task, fitted);
  fmt::print(stderr, "\nrun {}: report.html, metrics.jsonl, checkpoints/best.pt; next: recur evaluate {}\n",
             run.path.string(), run.path.string());
}

}  // namespace recur::apps
