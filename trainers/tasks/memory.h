// Tests of memory: the problems by which the literature compares recurrent cells.
#pragma once

#include <string>
#include <vector>

#include "datasets/memory/batch.h"
#include "models/heads/sequence_reader.h"
#include "trainers/tasks/experiment_of.h"
#include "trainers/tasks/memory_score.h"

namespace recur {

using MemoryOptions = ExperimentOptions<MemoryDataOptions, SequenceReaderOptions>;

/// Trains on examples that are drawn anew in every epoch, selects by the loss on a validation split; measured beside
/// what is reached without memory.
class MemoryExperiment : public ExperimentOf<MemoryOptions> {
 public:
  /// `from`: weights to take up, or null: draw them
  MemoryExperiment(MemoryOptions options, const Checkpoint* from);

  // What the fit loop asks (trainers/task.h).
  torch::nn::Module& model() override { return *model_; }
  int64_t start_epoch(int64_t epoch) override;
  torch::Tensor training_loss(int64_t index) override;
  int64_t batch_examples(int64_t index) const override;
  Metrics validate() override;

  // What the verbs ask (trainers/experiment.h).
  std::vector<std::string> data_report() override;
  Evaluation evaluate(const std::string& split) override;
  nlohmann::ordered_json predict(const PredictRequest& request) override;
  std::string prediction_text(const nlohmann::ordered_json& prediction, const TextStyle& style) const override;
  std::vector<std::string> step_texts(const std::string& part, int64_t steps, const PredictRequest& request,
                                      const nlohmann::ordered_json& prediction) override;
  std::vector<ReportSection> report_sections() override;

 private:
  TorchScriptExport make_export() override;
  void check_export(torch::jit::Module& loaded, TorchScriptExport& result) override;
  MemoryBatch batch(MemorySplit split, int64_t first, int64_t count, int64_t epoch = 0) const;
  /// Without gradient, in evaluation mode.
  torch::Tensor run_model(const MemoryBatch& batch);
  /// The training split is that of the first epoch.
  MemoryScore measure(MemorySplit split);
  nlohmann::ordered_json sum_prediction(const MemoryBatch& batch, const torch::Tensor& y, int64_t b) const;
  nlohmann::ordered_json string_prediction(const MemoryBatch& batch, const torch::Tensor& logits, int64_t b) const;

  MemoryShape shape_;
  SequenceReader model_ = nullptr;
  int64_t epoch_ = 0;  // the planned one
};

TaskType memory_task();

}  // namespace recur
