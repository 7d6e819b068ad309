// Speech recognition: sound in, what is said out.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "datasets/prefetch.h"
#include "datasets/speech/options.h"
#include "datasets/speech/read_speech.h"
#include "datasets/speech/sound_pipeline.h"
#include "datasets/text/pipeline.h"
#include "models/heads/transcriber.h"
#include "trainers/log/spectrogram_picture.h"
#include "trainers/tasks/experiment_of.h"

namespace recur {

using SpeechOptions = ExperimentOptions<SpeechDataOptions, TranscriberOptions>;

/// Trains by CTC or by teacher forcing; selects by the word error rate on the validation split; measured beside always
/// saying the commonest transcript.
class SpeechExperiment : public ExperimentOf<SpeechOptions> {
 public:
  /// `from`: weights, vocabulary and statistics to take up, or null: fit the pipelines on the training split
  SpeechExperiment(SpeechOptions options, const Checkpoint* from, ReadProgress progress);

  // What the fit loop asks (trainers/task.h).
  torch::nn::Module& model() override { return *model_; }
  int64_t start_epoch(int64_t epoch) override;
  torch::Tensor training_loss(int64_t index) override;
  std::vector<LossPart> training_loss_parts(int64_t index, int64_t count) override;
  int64_t batch_examples(int64_t index) const override;
  Metrics validate() override;
  Monitor monitor() const override { return {.metric = "wer", .lower_is_better = true}; }
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
  /// A split as the model reads it.
  struct Split {
    std::vector<Utterance> utterances;
    std::vector<std::string> texts;  // as the vocabulary would write them
    std::vector<std::vector<int64_t>> tokens;
    std::vector<int64_t> frames;
    SpeakerStatistics speakers;  // data.features.normalization: speaker

    int64_t size() const { return static_cast<int64_t>(utterances.size()); }
  };
  struct Batch {
    FrameBatch sound;
    TokenTargets targets;
  };
  /// What the model hears in a split, in the split's order.
  struct Heard {
    std::vector<std::vector<Transcript>> transcripts;  // the best first
    std::vector<std::string> texts;                    // of the best
    double loss = 0;  // mean of -log p over the tokens of the true transcripts that their sounds can hold
  };

  const SpeechData& data();
  const Split& split(const std::string& name);
  torch::Tensor frames_of(const Split& from, int64_t index) const;
  torch::Tensor varied_frames(const Split& from, int64_t index) const;
  Batch make_batch(const Split& from, const std::vector<int64_t>& indices, bool varied) const;
  torch::Tensor loss_of(const Batch& batch);
  Heard listen(const Split& to, int64_t beam_width);
  static Metrics score(const Split& of, const Heard& heard);

  std::string text_of(const std::vector<int64_t>& tokens) const { return text_->decode(tokens); }
  double seconds_of_step(int64_t step) const;
  /// Letters, words or pieces at their times.
  std::vector<SpokenMark> timed_tokens(const Transcript& transcript) const;
  std::vector<SpokenMark> timed_words(const Transcript& transcript) const;
  nlohmann::ordered_json describe_sound(const std::string& name, const Audio& audio, const PredictRequest& request);
  nlohmann::ordered_json follow_sound(const std::string& name, const Audio& audio, const PredictRequest& request);
  std::string picture_png(const torch::Tensor& samples, const Transcript& transcript) const;

  ReadProgress progress_;
  std::optional<SpeechData> data_;  // read when first needed: a prediction does not need it
  std::map<std::string, Split> splits_;
  std::optional<SoundPipeline> sound_;
  std::optional<TextPipeline> text_;
  std::shared_ptr<Transcriber> model_;
  std::unique_ptr<PrefixScorer> language_;  // model.ctc.language_model, or null
  int64_t left_out_ = 0;                    // training utterances that are too short for what they say

  int64_t epoch_ = 0;
  std::vector<std::vector<int64_t>> batches_;  // of the planned epoch
  Prefetch<Batch> prefetch_;
};

TaskType speech_task();

}  // namespace recur
