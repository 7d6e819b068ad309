#include "apps/train_run.h"

#include <atomic>
#include <csignal>
#include <cstdio>

#include <ATen/Parallel.h>
#include <torch/version.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "apps/evaluation.h"
#include "apps/reading_bar.h"
#include "apps/run_report.h"
#include "apps/verbs.h"
#include "core/base64.h"
#include "core/error.h"
#include "core/files.h"
#include "trainers/catalog.h"
#include "trainers/config_difference.h"
#include "trainers/fit.h"
#include "trainers/log/format.h"
#include "trainers/log/run_observer.h"
#include "trainers/log/run_record.h"

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

/// To go on from.
Checkpoint read_last(const RunFolder& run) {
  try {
    return read_checkpoint(run.last());
  } catch (const CheckpointError& error) {
    if (!std::filesystem::exists(run.best())) throw;
    throw CheckpointError(
        fmt::format("{}; {} is beside it, by which `recur evaluate`, `predict` and `export` still run, but no training "
                    "goes on from it",
                    error.what(), run.best().string()));
  }
}

RunRecord start_record(const RunFolder& run, Experiment& experiment, bool resume) {
  const auto& model = experiment.model();
  const auto older = resume ? read_run_record(run.record()) : std::nullopt;
  return {.recur = RECUR_VERSION,
          .libtorch = TORCH_VERSION,
          .device = model.parameters().front().device().str(),
          .threads = at::get_num_threads(),
          .parameters = count_parameters(model),
          .monitor = experiment.monitor(),
          .started = older ? older->started : utc_now()};
}

void end_record(const RunFolder& run, RunRecord record, const FitResult& fitted) {
  record.ended = utc_now();
  record.result = fitted;
  write_run_record(run.record(), record);
}

/// The PNG pictures in a page's part.
std::vector<std::string> embedded_pngs(const std::string& html) {
  constexpr std::string_view kStart = "src=\"data:image/png;base64,";
  std::vector<std::string> pngs;
  for (size_t at = 0; (at = html.find(kStart, at)) != std::string::npos;) {
    at += kStart.size();
    pngs.push_back(from_base64(std::string_view(html).substr(at, html.find('"', at) - at)));
  }
  return pngs;
}

/// From the files, as `recur evaluate` will see them later.
void write_results(const TrainRequest& request, const std::string& task, int64_t step, TensorBoardWriter& tensorboard) {
  const auto& run = request.run;
  auto [evaluation, sections] = write_run_report(run, run.report());
  tensorboard.text(evaluation.split, step, evaluation_text(evaluation));
  for (const auto& section : sections) {
    for (const auto& png : embedded_pngs(section.html)) tensorboard.image(section.title, step, png);
  }
  tensorboard.flush();
  write_file_atomically(run.metrics(), evaluation_json(task, evaluation).dump(2) + "\n");
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
    compare_configs(run, read_last(run).config_yaml, resolved.yaml, request.accept_changes);
  }
  prepare_machine(resolved.run);
  const auto experiment = task.make(request.config, nullptr, reading_bar());
  for (const auto& line : experiment->data_report()) fmt::print(stderr, "{}\n", line);
  fmt::print(stderr, "{} parameters; run {}\n", format_count(count_parameters(experiment->model())), run.path.string());

  const auto record = start_record(run, *experiment, request.resume);
  write_file_atomically(run.config(), resolved.yaml);
  write_run_record(run.record(), record);
  const auto options = experiment->trainer_options();
  RunObserver observer({.folder = run.path,
                        .config_yaml = resolved.yaml,
                        .model = &experiment->model(),
                        .histograms_every_steps = options.histograms_every_steps});
  std::signal(SIGINT, on_signal);
  std::signal(SIGTERM, on_signal);
  const auto fitted = fit(*experiment, options,
                          {.checkpoints = run.checkpoints(),
                           .config_yaml = resolved.yaml,
                           .resume = request.resume,
                           .observers = {&observer},
                           .interrupt = &interrupted});
  end_record(run, record, fitted);
  if (fitted.reason == StopReason::kInterrupted) {
    fmt::print(stderr, "stopped and saved; go on with: {}\n", request.command_to_resume);
    throw Exit{128 + received_signal.load()};
  }
  write_results(request, resolved.run.task, fitted.steps, *observer.tensorboard());
  fmt::print(stderr, "\nrun {}: report.html, metrics.jsonl, checkpoints/best.pt; next: recur evaluate {}\n",
             run.path.string(), run.path.string());
}

}  // namespace recur::apps
