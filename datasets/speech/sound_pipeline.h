// From sound to the frames that a network sees.  Fitted on the training split only; saved with the model as JSON;
// exported with it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <torch/csrc/jit/api/module.h>

#include "datasets/audio/features.h"
#include "datasets/audio/normalization.h"
#include "datasets/audio/options.h"
#include "datasets/read_progress.h"
#include "datasets/speech/utterances.h"

namespace recur {

/// Mean and deviation of each speaker's frames; empty unless data.features.normalization is `speaker`.
class SpeakerStatistics {
 public:
  SpeakerStatistics() = default;
  explicit SpeakerStatistics(std::map<std::string, FeatureStatistics> of) : of_(std::move(of)) {}
  /// null for a speaker who is not known.
  const FeatureStatistics* find(const std::string& speaker) const;

 private:
  std::map<std::string, FeatureStatistics> of_;
};

class SoundPipeline {
 public:
  /// Mean and deviation over the training frames: of all utterances, or of kFitted that `seed` chooses.
  static SoundPipeline fit(const std::vector<Utterance>& training, const AudioFeatureOptions& options, int64_t seed,
                           const ReadProgress& progress);
  static constexpr int64_t kFitted = 2000;

  /// One mono sound at the features' sample rate: [N].
  torch::Tensor samples_of(const Audio& audio) const;
  /// Its frames [T, D], normalised; by the statistics of `speaker` in place of the utterance's own, unless null.
  torch::Tensor frames_of(const torch::Tensor& samples, const FeatureStatistics* speaker = nullptr) const;
  /// How many frames so many seconds become.
  int64_t frames(double seconds) const;
  /// For normalization: speaker.
  SpeakerStatistics speaker_statistics(const std::vector<Utterance>& utterances) const;

  int64_t columns() const { return features_.columns(); }
  /// Columns before deltas: filters, low sounds first, or coefficients.
  int64_t bands() const { return features_.bands(); }
  int64_t sample_rate() const { return options_.sample_rate; }
  double hop_seconds() const { return options_.hop_ms / 1000; }
  const AudioFeatureOptions& options() const { return options_; }
  const AudioFeatures& features() const { return features_; }
  const FeatureStatistics& statistics() const { return statistics_; }
  /// Frames before normalisation, without deltas: what a picture shows.  [N] -> [T, mels]
  torch::Tensor spectrogram(const torch::Tensor& samples) const;

  std::string to_json() const;
  /// @throws CheckpointError
  static SoundPipeline from_json(const AudioFeatureOptions& options, const std::string& text);
  /// `forward(waveform [N], sample_rate: int) -> frames [T, D]`.
  torch::jit::Module to_torchscript() const;

 private:
  SoundPipeline(const AudioFeatureOptions& options, FeatureStatistics statistics)
      : options_(options), features_(options), statistics_(std::move(statistics)) {}

  AudioFeatureOptions options_;
  AudioFeatures features_;
  FeatureStatistics statistics_;
};

/// A sound that arrives piece by piece, at the features' sample rate: whatever the pieces, their frames are those of
/// SoundPipeline::frames_of() on the whole.
class SoundStream {
 public:
  /// @throws ConfigError where frames depend on what follows them: deltas, and normalization by utterance or speaker
  explicit SoundStream(const SoundPipeline& pipeline);

  /// @param samples  [n], n >= 0  @returns  [T', D] the frames that they complete
  torch::Tensor push(const torch::Tensor& samples);
  /// The end of the sound.
  torch::Tensor finish();

 private:
  torch::Tensor normalised(const torch::Tensor& frames);

  AudioFeatureStream features_;
  FeatureStatistics statistics_;
  std::string normalization_;
  std::optional<RunningNormalization> running_;
};

}  // namespace recur
