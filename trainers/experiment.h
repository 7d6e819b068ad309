// An experiment: a task together with everything the program's verbs ask of it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "core/options.h"
#include "models/search/search.h"
#include "trainers/checkpoint.h"
#include "trainers/export.h"
#include "trainers/log/report.h"
#include "trainers/options.h"
#include "trainers/task.h"

namespace recur {

/// What every config has beside its task's own `data:` and `model:`.
struct RunOptions {
  std::string task;
  std::string name;
  int64_t seed = 1;
  std::string device = "auto";
  bool deterministic = false;
  int64_t threads = 0;
};

/// A whole config.
template <class Data, class Model>
struct ExperimentOptions {
  std::string task;
  std::string name = "run";
  int64_t seed = 1;
  std::string device = "auto";
  bool deterministic = false;
  int64_t threads = 0;
  Data data;
  Model model;
  TrainerOptions trainer;

  static constexpr auto fields() {
    using O = ExperimentOptions;
    return std::tuple{
        field("task", &O::task, "the kind of problem; `recur list tasks` shows them", required()),
        field("name", &O::name, "the run's name; its folder is runs/NAME-N", not_empty()),
        field("seed", &O::seed, "of everything random: weights, order, dropout", at_least(0)),
        field("device", &O::device, "auto, cpu, cuda or cuda:N"),
        field("deterministic", &O::deterministic, "refuse operations whose result varies from run to run"),
        field("threads", &O::threads,
              "threads that share an operation, or in training a batch where the task cuts it; 0: LibTorch's choice",
              at_least(0)),
        field("data", &O::data, "the examples"),
        field("model", &O::model, "the network"),
        field("trainer", &O::trainer, "the training loop"),
    };
  }

  RunOptions run_options() const { return {task, name, seed, device, deterministic, threads}; }
};

/// A split of the data measured: the model's metrics and, beside them, what needs no model.
struct Evaluation {
  std::string split;
  int64_t examples = 0;
  Metrics metrics;
  Metrics baselines;
  std::string details_json = {};  ///< an object with what is not one number, e.g. a confusion matrix; "" if nothing is
  std::string details_text = {};  ///< the same for people
};

/// How text for people may look where it is shown.
struct TextStyle {
  bool colour = false;
};

/// What `recur predict` was asked for.
struct PredictRequest {
  std::vector<std::string> inputs;  ///< files or texts, as the task understands them; empty: the task's own data
  // What Experiment::predict_options() names; else as it is.
  int64_t steps = 0;                             ///< forecasts: how many values; 0: the model's horizon
  std::optional<int64_t> beam_width = {};        ///< sentences kept in sight; absent: as in the config
  int64_t n_best = 1;                            ///< hypotheses that are told of each input
  std::optional<SamplingOptions> sampling = {};  ///< draw, instead of searching for the likeliest
  int64_t length = 0;                            ///< tokens that are written behind each text; 0: the task's choice
  /// Called with each piece of text as soon as it is written, by tasks that can; what was told so is not shown again.
  std::function<void(const std::string&)> told = {};
  std::string picture = {};  ///< a file for a picture of what is said; "": none
  bool stream = false;       ///< sound: read in chunks, and told as it is heard
};

class Experiment : public Task {
 public:
  virtual RunOptions run_options() const = 0;
  virtual TrainerOptions trainer_options() const = 0;
  /// The resolved config, complete: reading it gives this experiment again.
  virtual std::string config_yaml() const = 0;
  /// One line for each source of data that was read.
  virtual std::vector<std::string> data_report() = 0;

  /// The split by which a result is quoted: "validation" where the data has no test split.
  virtual std::string measured_split() { return "test"; }
  /// @param split  "train", "validation" or "test".  @throws ConfigError for another, DataError if it is empty.
  virtual Evaluation evaluate(const std::string& split) = 0;
  /// Whether predict() takes texts: what comes on stdin or is typed at a prompt is then input, a line each.
  virtual bool reads_text() const { return false; }
  /// The options of `recur predict` that have a meaning here, e.g. "--steps".
  virtual std::vector<std::string> predict_options() const { return {}; }
  virtual nlohmann::ordered_json predict(const PredictRequest& request) = 0;
  /// `predict`'s result for people.
  virtual std::string prediction_text(const nlohmann::ordered_json& prediction, const TextStyle& style) const = 0;
  /// What the recurrent layers of the model's part `part` (e.g. "encoder.recurrent") read at each of `steps` steps of
  /// the prediction, as short texts, e.g. words or dates: of `recur inspect`, which numbers the steps where this gives
  /// none, or not as many.
  virtual std::vector<std::string> step_texts(const std::string& /*part*/, int64_t /*steps*/,
                                              const PredictRequest& /*request*/,
                                              const nlohmann::ordered_json& /*prediction*/) {
    return {};
  }
  /// Builds the export and checks it against the model on the validation data.
  /// @param builtin_layers  torch's own recurrent layers in place of the equations
  /// (models/sequence/torchscript_builtin.h)
  /// @throws ConfigError if the model has no layer that torch has, and they were asked for.
  TorchScriptExport export_torchscript(bool builtin_layers = false);
  /// The task's own part of report.html.
  virtual std::vector<ReportSection> report_sections() { return {}; }

 private:
  /// The network with everything that goes inside and beside it; config.yaml is added to it.
  virtual TorchScriptExport make_export() = 0;
  /// Compares what the export, after a round through its file, puts out with the model: both are in evaluation mode,
  /// and no gradients are kept.
  virtual void check_export(torch::jit::Module& loaded, TorchScriptExport& result) = 0;
};

}  // namespace recur
