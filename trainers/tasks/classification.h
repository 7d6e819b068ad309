// Classification of vectors and images: numbers in, one label out.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "datasets/classification/options.h"
#include "datasets/classification/read_classification.h"
#include "datasets/classification/scaler.h"
#include "models/heads/vector_classifier.h"
#include "trainers/metrics/classification.h"
#include "trainers/tasks/experiment_of.h"

namespace recur {

using ClassificationOptions = ExperimentOptions<ClassificationDataOptions, VectorClassifierOptions>;

/// Trains on cross-entropy, selects by accuracy on the validation split; measured beside the majority class and the
/// nearest class mean.
class ClassificationExperiment : public ExperimentOf<ClassificationOptions> {
 public:
  /// `from`: weights, scaler and labels to take up, or null: fit the scaler on the training split
  ClassificationExperiment(ClassificationOptions options, const Checkpoint* from);

  // What the fit loop asks (trainers/task.h).
  torch::nn::Module& model() override { return *model_; }
  int64_t start_epoch(int64_t epoch) override;
  torch::Tensor training_loss(int64_t index) override;
  std::vector<LossPart> training_loss_parts(int64_t index, int64_t count) override;
  int64_t batch_examples(int64_t index) const override;
  Metrics validate() override;
  Monitor monitor() const override { return {.metric = "accuracy", .lower_is_better = false}; }
  std::string pipeline_json() const override;

  // What the verbs ask (trainers/experiment.h).
  std::vector<std::string> data_report() override;
  Evaluation evaluate(const std::string& split) override;
  nlohmann::ordered_json predict(const PredictRequest& request) override;
  std::string prediction_text(const nlohmann::ordered_json& prediction, const TextStyle& style) const override;
  std::vector<ReportSection> report_sections() override;

 private:
  TorchScriptExport make_export() override;
  void check_export(torch::jit::Module& loaded, TorchScriptExport& result) override;
  /// What the network is taught with, beside the weights.
  struct Pipeline {
    std::vector<std::string> labels;
    std::vector<std::string> columns;  // of a table; empty for images
    std::vector<int64_t> sizes;        // of an example: {F} or {H, W}
    Scaler scaler;
  };

  bool has_images() const { return pipeline_->sizes.size() == 2; }
  const ClassificationData& data();
  const LabelledExamples& split(const std::string& name);
  void take_up(const Checkpoint& from);
  torch::Tensor loss_of(const std::vector<int64_t>& examples);
  /// Probabilities [N, C] float64 on the CPU.  @param inputs  raw, as in LabelledExamples
  torch::Tensor read(const torch::Tensor& inputs);
  Classified classify(const std::string& split);
  /// What predict() is given.
  struct Given {
    torch::Tensor inputs;                  // raw
    std::vector<std::string> places;       // file, or file:row
    std::vector<std::string> labels = {};  // the true ones, where they are known
  };
  Given read_input(const std::string& file) const;
  Given own_examples();
  ReportSection mistakes_section(const Classified& result);
  /// Of vectors of two numbers.
  ReportSection regions_section();

  std::optional<ClassificationData> data_;  // read when first needed: a prediction does not need it
  std::optional<Pipeline> pipeline_;
  VectorClassifier model_ = nullptr;
  torch::Tensor class_weights_;  // [C], or undefined: all alike

  int64_t epoch_ = 0;                          // the planned one
  std::vector<std::vector<int64_t>> batches_;  // of it
};

TaskType classification_task();

}  // namespace recur
