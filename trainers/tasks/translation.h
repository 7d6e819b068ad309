// Translation: a sentence in, a sentence out.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "datasets/prefetch.h"
#include "datasets/text/pipeline.h"
#include "datasets/translation/options.h"
#include "datasets/translation/read_translation.h"
#include "models/heads/translator.h"
#include "trainers/tasks/encoded_texts.h"
#include "trainers/tasks/experiment_of.h"

namespace recur {

using TranslationOptions = ExperimentOptions<TranslationDataOptions, TranslatorOptions>;

/// Trains by teacher forcing; selects by chrF of what the model writes on its own on the validation split; measured
/// beside the source left as it is.
class TranslationExperiment : public ExperimentOf<TranslationOptions> {
 public:
  /// `from`: weights and vocabularies to take up, or null: fit the pipelines on the training split
  TranslationExperiment(TranslationOptions options, const Checkpoint* from, ReadProgress progress);

  // What the fit loop asks (trainers/task.h).
  torch::nn::Module& model() override { return *model_; }
  int64_t start_epoch(int64_t epoch) override;
  torch::Tensor training_loss(int64_t index) override;
  std::vector<LossPart> training_loss_parts(int64_t index, int64_t count) override;
  int64_t batch_examples(int64_t index) const override;
  Metrics validate() override;
  Monitor monitor() const override { return {.metric = "chrf", .lower_is_better = false}; }
  std::string pipeline_json() const override;

  // What the verbs ask (trainers/experiment.h).
  std::vector<std::string> data_report() override;
  Evaluation evaluate(const std::string& split) override;
  bool reads_text() const override { return true; }
  std::vector<std::string> predict_options() const override;
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
    const SentencePairs* pairs;
    EncodedTexts source, target;

    int64_t size() const { return source.size(); }
  };
  struct TrainingBatch {
    TokenBatch source;
    TaughtSentences target;
  };
  /// Where the words of a translation looked.
  struct Alignment {
    std::vector<std::string> source, target;  // tokens; the last of the target is its end
    torch::Tensor weights;                    // [target, source]
  };
  const TranslationData& data();
  torch::Tensor loss_of(const TrainingBatch& batch);
  const Split& split(const std::string& name);
  TrainingBatch make_batch(const Split& from, const std::vector<int64_t>& indices) const;
  /// Sum over all tokens of -log p, the ends of sentences counted, and their number.
  std::pair<double, int64_t> teacher_forced(const Split& of);
  /// The hypotheses of each text, the best first: a search's, or one that is drawn.
  std::vector<std::vector<Hypothesis>> write(const EncodedTexts& source, const SearchOptions& search,
                                             const std::optional<SamplingOptions>& sampling = {});
  std::vector<std::string> best_translations(const EncodedTexts& source, std::vector<Hypothesis>* best = nullptr);
  std::string text_of(const Hypothesis& hypothesis) const;
  Alignment align(const std::string& source, const Hypothesis& hypothesis);

  const TextPipeline& target_pipeline() const { return target_ ? *target_ : *source_; }

  ReadProgress progress_;
  std::optional<TranslationData> data_;  // read when first needed: a prediction does not need it
  std::map<std::string, Split> splits_;
  std::optional<TextPipeline> source_, target_;  // with a joint vocabulary source_ is for both
  Translator model_ = nullptr;

  int64_t epoch_ = 0;
  std::vector<std::vector<int64_t>> batches_;  // of the planned epoch
  Prefetch<TrainingBatch> prefetch_;
};

TaskType translation_task();

}  // namespace recur
