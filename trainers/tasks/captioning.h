// Image captioning: one image in, a sentence out.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "datasets/prefetch.h"
#include "models/heads/captioner.h"
#include "trainers/metrics/caption_scores.h"
#include "trainers/tasks/caption_split.h"
#include "trainers/tasks/experiment_of.h"
#include "trainers/tasks/image_features.h"

namespace recur {

using CaptioningOptions = ExperimentOptions<CaptionDataOptions, CaptionerOptions>;

/// Trains by teacher forcing, image by image with all of its captions; selects by CIDEr-D of captions that the model
/// writes on its own on the validation split; measured beside captions that need no network.
class CaptioningExperiment : public ExperimentOf<CaptioningOptions> {
 public:
  /// `from`: weights and vocabulary to take up, or null: fit the pipeline on the training split
  CaptioningExperiment(CaptioningOptions options, const Checkpoint* from, ReadProgress progress);

  // What the fit loop asks (trainers/task.h).
  torch::nn::Module& model() override { return *model_; }
  int64_t start_epoch(int64_t epoch) override;
  torch::Tensor training_loss(int64_t index) override;
  int64_t batch_examples(int64_t index) const override;
  Metrics validate() override;
  Monitor monitor() const override { return {.metric = "cider_d", .lower_is_better = false}; }
  std::string pipeline_json() const override;

  // What the verbs ask (trainers/experiment.h).
  std::vector<std::string> data_report() override;
  Evaluation evaluate(const std::string& split) override;
  std::vector<std::string> predict_options() const override;
  nlohmann::ordered_json predict(const PredictRequest& request) override;
  std::string prediction_text(const nlohmann::ordered_json& prediction, const TextStyle& style) const override;
  std::vector<std::string> step_texts(const std::string& part, int64_t steps, const PredictRequest& request,
                                      const nlohmann::ordered_json& prediction) override;
  std::vector<ReportSection> report_sections() override;

 private:
  TorchScriptExport make_export() override;
  void check_export(torch::jit::Module& loaded, TorchScriptExport& result) override;
  struct TrainingBatch {
    torch::Tensor images;    // [B, 3, S, S], or features [B, C, h, w] where they are kept
    torch::Tensor image_of;  // [P] int64: of each caption
    TaughtSentences captions;
  };
  /// What the model says of images on its own.
  struct Written {
    std::vector<Hypothesis> hypotheses;
    std::vector<std::string> captions;
  };
  const CaptionData& data();
  CaptionSplit& split(const std::string& name);
  ImageFeatures& features(const std::string& split);
  TrainingBatch make_batch(CaptionSplit& train, ImageFeatures& features, const std::vector<int64_t>& images);

  Written write(const std::string& name);
  /// Negative log-likelihood of all captions of these images, and their tokens.
  std::pair<double, int64_t> teacher_forced(const CaptionSplit& of, int64_t begin, const DecoderStart& start);
  void add(const std::vector<Hypothesis>& hypotheses, Written& written) const;
  Metrics baselines(const std::string& name);
  std::vector<std::string> captions_of_nearest(const torch::Tensor& train, const torch::Tensor& query);
  /// Where each of a caption's tokens looked: [n, h, w], or undefined without attention.
  torch::Tensor attention_of(const torch::Tensor& features, const Hypothesis& hypothesis);
  std::string caption_line(const Hypothesis& hypothesis) const;
  nlohmann::ordered_json describe_image(const std::string& name, const torch::Tensor& image,
                                        const PredictRequest& request);

  ReadProgress progress_;
  std::optional<CaptionData> data_;  // read when first needed: a prediction does not need it
  std::map<std::string, std::unique_ptr<CaptionSplit>> splits_;
  std::map<std::string, std::unique_ptr<ImageFeatures>> features_;  // of splits_
  std::optional<TextPipeline> pipeline_;
  std::string weights_report_;
  Captioner model_ = nullptr;

  int64_t epoch_ = 0;
  std::vector<std::vector<int64_t>> batches_;  // of the planned epoch
  Prefetch<TrainingBatch> prefetch_;
};

TaskType captioning_task();

}  // namespace recur
