// What a run shows on the screen and writes into its folder: progress bar, metrics.jsonl, TensorBoard.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "models/sequence/recurrent_probe.h"
#include "trainers/log/metrics_log.h"
#include "trainers/log/progress.h"
#include "trainers/log/tensorboard.h"
#include "trainers/observer.h"

namespace recur {

struct RunObserverOptions {
  std::filesystem::path folder = {};  ///< the run's; empty: nothing is written
  bool tensorboard = true;
  std::string config_yaml = {};              ///< TensorBoard's hyper-parameters; empty: none
  const torch::nn::Module* model = nullptr;  ///< whose weights and gradients make histograms; outlives the observer
  int64_t histograms_every_steps = 0;        ///< optimizer steps between two of them; 0: none
  bool screen = true;                        ///< the bar, and a line per evaluation
  std::string unit = "examples";             ///< what the bar's rate counts
};

/// Values in metrics.jsonl and TensorBoard: "train/loss", "train/learning_rate", "train/gradient_norm" and
/// "train/examples_per_second" at the steps that FitObserver marks for the log; "train/epoch_loss" and
/// "validation/NAME" at evaluations.  A resumed run goes on in the same files.  TensorBoard also has the config as text
/// and as hyper-parameters, and histograms: "weights/PARAMETER" after a step, "gradients/PARAMETER", clipped, of it,
/// and "gates/LAYER/GATE" as the new weights make them of the longest sequence that the layer read in it.
class RunObserver : public FitObserver {
 public:
  explicit RunObserver(RunObserverOptions options, ProgressSink sink = ProgressSink::standard_error());
  ~RunObserver() override;

  void on_start(const FitStart& start) override;
  void on_step(const StepReport& step) override;
  void on_evaluation(const EvaluationReport& evaluation) override;
  void on_end(const FitResult& result) override;

  /// To add more to TensorBoard's file; null where none is written.
  TensorBoardWriter* tensorboard() { return tensorboard_.get(); }

 private:
  void write(int64_t step, int64_t epoch, const Metrics& values);
  void write_histograms(int64_t step);
  void write_gates(int64_t step);
  /// Looks on while the step behind `step` runs, if it is one whose histograms are written.
  void watch_step_after(int64_t step);
  void start_bar(int64_t epoch, int64_t batches, int64_t batches_done);
  void say(const std::string& line);

  RunObserverOptions options_;
  ProgressSink sink_;
  FitStart start_;
  int64_t bar_epoch_ = -1;
  std::unique_ptr<ProgressBar> bar_;
  std::unique_ptr<MetricsLog> log_;
  std::unique_ptr<TensorBoardWriter> tensorboard_;
  std::unique_ptr<RecurrentProbe> probe_;
};

}  // namespace recur
