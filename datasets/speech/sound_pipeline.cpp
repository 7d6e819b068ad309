#include "datasets/speech/sound_pipeline.h"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

#include "core/error.h"
#include "datasets/audio/resample.h"
#include "datasets/audio/torchscript.h"
#include "datasets/order.h"

namespace recur {

const FeatureStatistics* SpeakerStatistics::find(const std::string& speaker) const {
  const auto found = of_.find(speaker);
  return found == of_.end() ? nullptr : &found->second;
}

SoundPipeline SoundPipeline::fit(const std::vector<Utterance>& training, const AudioFeatureOptions& options,
                                 int64_t seed, const ReadProgress& progress) {
  SoundPipeline pipeline(options, {});
  const auto order = epoch_order(std::ssize(training), seed, /*epoch=*/0);
  const auto count = std::min<int64_t>(kFitted, order.size(0));
  StatisticsAccumulator seen;
  for (int64_t k = 0; k < count; ++k) {
    const auto& utterance = training[static_cast<size_t>(order.const_data_ptr<int64_t>()[k])];
    seen.add(pipeline.features_.compute(pipeline.samples_of(utterance.read())));
    if (progress) progress("training sounds", k + 1, count);
  }
  pipeline.statistics_ = seen.statistics();
  return pipeline;
}

torch::Tensor SoundPipeline::samples_of(const Audio& audio) const {
  return resample(audio.samples, audio.sample_rate, options_.sample_rate);
}

torch::Tensor SoundPipeline::frames_of(const torch::Tensor& samples, const FeatureStatistics* speaker) const {
  const auto frames = features_.compute(samples);
  const auto& way = options_.normalization;
  if (way == "none") return frames;
  if (way == "global") return normalise(frames, statistics_);
  if (way == "running") return normalise_running(frames, statistics_, static_cast<double>(options_.prior_frames));
  return speaker == nullptr ? normalise_utterance(frames) : normalise(frames, *speaker);
}

torch::Tensor SoundPipeline::spectrogram(const torch::Tensor& samples) const {
  auto options = options_;
  options.features = "log_mel";
  options.deltas = 0;
  return AudioFeatures(options).compute(samples);
}

int64_t SoundPipeline::frames(double seconds) const {
  return features_.frames(std::max<int64_t>(1, std::llround(seconds * static_cast<double>(options_.sample_rate))));
}

SpeakerStatistics SoundPipeline::speaker_statistics(const std::vector<Utterance>& utterances) const {
  if (options_.normalization != "speaker") return {};
  std::map<std::string, StatisticsAccumulator> seen;
  for (const auto& utterance : utterances) {
    if (utterance.speaker.empty()) continue;
    seen[utterance.speaker].add(features_.compute(samples_of(utterance.read())));
  }
  std::map<std::string, FeatureStatistics> statistics;
  for (const auto& [speaker, frames] : seen) statistics.emplace(speaker, frames.statistics());
  return SpeakerStatistics(std::move(statistics));
}

std::string SoundPipeline::to_json() const {
  return statistics_.to_json();
}

SoundPipeline SoundPipeline::from_json(const AudioFeatureOptions& options, const std::string& text) {
  return {options, FeatureStatistics::from_json(text)};
}

torch::jit::Module SoundPipeline::to_torchscript() const {
  return audio_features_to_torchscript(options_, &statistics_);
}

SoundStream::SoundStream(const SoundPipeline& pipeline)
    : features_(pipeline.features()),
      statistics_(pipeline.statistics()),
      normalization_(pipeline.options().normalization) {
  if (normalization_ == "utterance" || normalization_ == "speaker") {
    throw ConfigError("a stream: data.features.normalization=" + normalization_ +
                      " must hear the end first; train with running, global or none");
  }
  if (normalization_ == "running") {
    running_.emplace(statistics_, static_cast<double>(pipeline.options().prior_frames));
  }
}

torch::Tensor SoundStream::normalised(const torch::Tensor& frames) {
  if (normalization_ == "none") return frames;
  return running_ ? running_->push(frames) : normalise(frames, statistics_);
}

torch::Tensor SoundStream::push(const torch::Tensor& samples) {
  return normalised(features_.push(samples));
}

torch::Tensor SoundStream::finish() {
  return normalised(features_.finish());
}

}  // namespace recur
