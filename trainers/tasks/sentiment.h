// Sentiment: texts in, one label each out.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "datasets/batches.h"
#include "datasets/prefetch.h"
#include "datasets/sentiment/options.h"
#include "datasets/sentiment/read_sentiment.h"
#include "datasets/text/pipeline.h"
#include "models/heads/classifier.h"
#include "trainers/metrics/classification.h"
#include "trainers/tasks/encoded_texts.h"
#include "trainers/tasks/experiment_of.h"

namespace recur {

using SentimentOptions = ExperimentOptions<SentimentDataOptions, ClassifierOptions>;

/// Trains on cross-entropy, selects by accuracy on the validation split; measured beside the majority class and a
/// logistic regression on the same words.
class SentimentExperiment : public ExperimentOf<SentimentOptions> {
 public:
  /// `from`: weights, vocabulary and labels to take up, or null: fit the pipeline on the training split
  SentimentExperiment(SentimentOptions options, const Checkpoint* from, ReadProgress progress);

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
  bool reads_text() const override { return true; }
  nlohmann::ordered_json predict(const PredictRequest& request) override;
  std::string prediction_text(const nlohmann::ordered_json& prediction, const TextStyle& style) const override;
  std::vector<std::string> step_texts(const std::string& part, int64_t steps, const PredictRequest& request,
                                      const nlohmann::ordered_json& prediction) override;
  std::vector<ReportSection> report_sections() override;

 private:
  TorchScriptExport make_export() override;
  void check_export(torch::jit::Module& loaded, TorchScriptExport& result) override;
  /// A split as the model reads it.
  struct Split {
    const LabelledTexts* source;
    EncodedTexts encoded;
    torch::Tensor labels;  // [N]
  };
  struct TrainingBatch {
    TokenBatch tokens;
    torch::Tensor labels;
  };
  /// What the model says of texts.
  struct Reading {
    torch::Tensor probabilities;                 // [N, C] float64 on the CPU
    std::vector<std::vector<double>> attention;  // of each text's tokens; empty without attention
  };

  const SentimentData& data();
  const Split& split(const std::string& name);
  static TrainingBatch make_batch(const Split& from, const std::vector<int64_t>& indices);
  torch::Tensor loss_of(const TrainingBatch& batch);
  Reading read(const EncodedTexts& texts);
  std::string length_report();
  std::string mistakes_text(const Split& measured, const Classified& result, nlohmann::ordered_json& details) const;

  ReadProgress progress_;
  std::optional<SentimentData> data_;  // read when first needed: a prediction does not need it
  std::map<std::string, Split> splits_;
  std::vector<std::string> labels_;
  std::optional<TextPipeline> pipeline_;
  std::string vectors_report_;
  Classifier model_ = nullptr;
  torch::Tensor class_weights_;  // [C], or undefined: all alike

  std::vector<std::vector<int64_t>> batches_;  // of the planned epoch
  Prefetch<TrainingBatch> prefetch_;
};

TaskType sentiment_task();

}  // namespace recur
