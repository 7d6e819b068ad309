// Features with mean 0 and deviation 1, column by column, so that microphone, distance and voice matter less.
#pragma once

#include <cstdint>
#include <string>

#include <torch/types.h>

namespace recur {

/// No deviation is taken to be smaller: a column that never changes becomes 0, and rounding is not blown up.
inline constexpr double kLeastDeviation = 1e-3;

/// Mean and deviation (by the number of frames, not one less; at least kLeastDeviation) of each column.
struct FeatureStatistics {
  torch::Tensor mean;       ///< [D] float64
  torch::Tensor deviation;  ///< [D] float64
  int64_t frames = 0;

  /// {"frames": ..., "mean": [...], "std": [...]}; reads back to the same bits.
  std::string to_json() const;
  /// @throws CheckpointError saying what is missing or malformed.
  static FeatureStatistics from_json(const std::string& text);
};

/// Gathers statistics, frames by frames, without keeping them (Chan, Golub & LeVeque 1979).
class StatisticsAccumulator {
 public:
  /// [T, D], T >= 0.  @throws ShapeError if D is not that of what was added before.
  void add(const torch::Tensor& features);
  /// @throws DataError if there was no frame.
  FeatureStatistics statistics() const;
  int64_t frames() const { return frames_; }

 private:
  int64_t frames_ = 0;
  torch::Tensor mean_, squares_;  // [D] float64: mean, and sum of squared distances from it
};

/// (features - mean) / deviation.  [T, D] -> [T, D] float32.  @throws ShapeError
torch::Tensor normalise(const torch::Tensor& features, const FeatureStatistics& statistics);

/// By the mean and deviation of these frames themselves.
torch::Tensor normalise_utterance(const torch::Tensor& features);

/// Frame t by the mean and deviation of frames 0 to t, together with what is known before: the prior's, as if it had
/// been `weight` frames, more than 0.  Nothing looks ahead.
torch::Tensor normalise_running(const torch::Tensor& features, const FeatureStatistics& prior, double weight);

/// The same for frames that arrive piece by piece: whatever the pieces, the results are those of the whole.
class RunningNormalization {
 public:
  RunningNormalization(const FeatureStatistics& prior, double weight);
  /// The next frames [T', D], T' >= 0.
  torch::Tensor push(const torch::Tensor& features);
  /// The next frame is the first of another utterance.
  void reset();

 private:
  FeatureStatistics prior_;
  double weight_;
  int64_t frames_ = 0;
  torch::Tensor sum_, squares_;  // [D] float64, of the distances from the prior's mean
};

}  // namespace recur
