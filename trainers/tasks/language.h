// Language modelling: what comes next in a text.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "datasets/batches.h"
#include "datasets/language/options.h"
#include "datasets/language/read_language.h"
#include "datasets/language/streams.h"
#include "datasets/text/pipeline.h"
#include "models/heads/language_model.h"
#include "trainers/tasks/experiment_of.h"

namespace recur {

using LanguageOptions = ExperimentOptions<LanguageDataOptions, LanguageModelOptions>;

/// Trains by truncated back-propagation through time: the training split is cut into trainer.batch_size streams, and
/// the state goes on from one window of data.bptt tokens to the next.  Selects by the mean of -log p on the validation
/// split; measured beside n-grams that only count.
class LanguageExperiment : public ExperimentOf<LanguageOptions> {
 public:
  /// `from`: weights and vocabulary to take up, or null: fit the pipeline on the training split
  LanguageExperiment(LanguageOptions options, const Checkpoint* from, ReadProgress progress);

  // What the fit loop asks (trainers/task.h).
  torch::nn::Module& model() override { return *model_; }
  int64_t start_epoch(int64_t epoch) override;
  torch::Tensor training_loss(int64_t index) override;
  std::vector<LossPart> training_loss_parts(int64_t index, int64_t count) override;
  int64_t batch_examples(int64_t index) const override;
  Metrics validate() override;
  Monitor monitor() const override { return {.metric = "loss", .lower_is_better = true}; }
  std::map<std::string, torch::Tensor> carried_state() const override;
  void restore_carried_state(const std::map<std::string, torch::Tensor>& saved) override;
  std::string pipeline_json() const override;

  // What the verbs ask (trainers/experiment.h).
  std::vector<std::string> data_report() override;
  std::string measured_split() override { return data().test.empty() ? "validation" : "test"; }
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
  const LanguageData& data();
  /// Token ids of a whole split.
  const std::vector<int64_t>& ids(const std::string& split);
  const TokenStreams& training_streams();
  std::vector<torch::Tensor> joined_state() const;
  /// Mean of -log p over all tokens of a split but the first of each stream.
  double nats_per_token(const std::vector<int64_t>& ids, const std::string& split, int64_t streams);
  std::vector<int64_t> prompt_ids(const std::string& prompt) const;
  /// What stands between a prompt and what follows: a blank where tokens are words.
  std::string before_text(const std::string& prompt) const;
  /// What follows a prompt; told piece by piece, if somebody listens.
  std::string go_on(const std::string& prompt, const SamplingOptions& sampling,
                    const std::function<void(const std::string&)>& told = {});
  Metrics baselines(const std::string& split);

  ReadProgress progress_;
  std::optional<LanguageData> data_;  // read when first needed: a prediction does not need it
  std::map<std::string, std::vector<int64_t>> ids_;
  std::optional<TokenStreams> streams_;
  std::optional<TextPipeline> pipeline_;
  LanguageModel model_ = nullptr;
  // Behind the last window that was trained on: each part of the streams has its own, [L, .., H] each.
  std::vector<std::vector<torch::Tensor>> state_ = {{}};
};

TaskType language_task();

}  // namespace recur
