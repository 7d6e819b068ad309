// What a config says about sound: what a network sees of it, and how it is varied in training.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <tuple>

#include "core/options.h"

namespace recur {

/// From samples to frames (datasets/audio/features.h says how).
struct AudioFeatureOptions {
  std::string features = "log_mel";
  int64_t sample_rate = 8000;
  double window_ms = 25;
  double hop_ms = 10;
  int64_t mels = 40;
  int64_t coefficients = 13;
  int64_t deltas = 0;
  double low_hz = 20;
  std::optional<double> high_hz = {};
  double preemphasis = 0;
  std::string normalization = "global";
  int64_t prior_frames = 100;

  /// Half the sample rate if nothing else is said.
  double highest_hz() const { return high_hz.value_or(static_cast<double>(sample_rate) / 2); }

  static constexpr auto fields() {
    using A = AudioFeatureOptions;
    return std::tuple{
        field("features", &A::features, "log_mel: logarithms of mel filter banks; mfcc: their cepstrum",
              one_of("log_mel", "mfcc")),
        field("sample_rate", &A::sample_rate, "Hz; sound with another rate is resampled", between(1000, 384000)),
        field("window_ms", &A::window_ms, "length of a frame", between(1, 1000)),
        field("hop_ms", &A::hop_ms, "from one frame to the next", between(1, 1000)),
        field("mels", &A::mels, "filters, evenly spaced on the mel scale", between(1, 1024)),
        field("coefficients", &A::coefficients, "mfcc: how many of the cepstrum are kept", between(1, 1024)),
        field("deltas", &A::deltas, "1: and how they change over time; 2: and how that changes", between(0, 2)),
        field("low_hz", &A::low_hz, "where the lowest filter begins", at_least(0)),
        field("high_hz", &A::high_hz, "where the highest filter ends; null: half the sample rate", more_than(0)),
        field("preemphasis", &A::preemphasis, "this much of the sample before is subtracted first, e.g. 0.97",
              between(0, 1)),
        field("normalization", &A::normalization,
              "mean 0 and deviation 1 by: global, the training split; utterance; speaker; running, what was heard so "
              "far; none",
              one_of("global", "utterance", "speaker", "running", "none")),
        field("prior_frames", &A::prior_frames, "running: the training split counts as much as so many frames",
              at_least(1)),
    };
  }
  void check(ConfigCheck& check) const {
    check.require(highest_hz() <= static_cast<double>(sample_rate) / 2, "high_hz",
                  "must be at most half the sample_rate");
    check.require(low_hz < highest_hz(), "low_hz", "must be less than high_hz, or half the sample_rate");
    check.require(features != "mfcc" || coefficients <= mels, "coefficients", "must be at most mels");
  }
};

/// How a training utterance is varied, anew in each epoch; everything is off unless it is asked for.
struct AudioVariationOptions {
  double speed = 0;
  std::optional<double> noise_db = {};
  double gain_db = 0;
  int64_t time_masks = 0;
  int64_t time_mask_width = 20;
  double time_mask_share = 0.2;
  int64_t frequency_masks = 0;
  int64_t frequency_mask_width = 8;

  bool varies_samples() const { return speed > 0 || noise_db || gain_db > 0; }
  bool masks() const { return time_masks > 0 || frequency_masks > 0; }

  static constexpr auto fields() {
    using A = AudioVariationOptions;
    return std::tuple{
        field("speed", &A::speed, "played by factors from 1 - x to 1 + x faster, e.g. 0.1", between(0, 0.5)),
        field("noise_db", &A::noise_db, "white noise is added, from 40 to this many dB below the sound; null: none",
              between(-20, 40)),
        field("gain_db", &A::gain_db, "up to this much louder or quieter", between(0, 60)),
        field("time_masks", &A::time_masks, "how many times a run of frames is hidden (SpecAugment)", between(0, 100)),
        field("time_mask_width", &A::time_mask_width, "frames of one, at most", at_least(1)),
        field("time_mask_share", &A::time_mask_share, "and of the utterance's frames, at most", between(0, 1)),
        field("frequency_masks", &A::frequency_masks, "how many times neighbouring filters are hidden",
              between(0, 100)),
        field("frequency_mask_width", &A::frequency_mask_width, "filters of one, at most", at_least(1)),
    };
  }
};

}  // namespace recur
