// From samples to frames of log-mel filter banks or mel-frequency cepstral coefficients (Davis & Mermelstein 1980).
//
// With N = window samples, F = the least power of two that is >= N:
//   y[n]    = x[n] - preemphasis * x[n - 1], where x[-1] = 0
//   P[t]    = |FFT_F(hann_N * y[t * hop : t * hop + N], zeros up to F)|^2        periodic Hann window
//   mel[t]  = filters * P[t]             triangles on Slaney's mel scale, each of area 1 (2 / width in Hz)
//   log_mel = ln(max(mel, 1e-10))
//   mfcc    = the first coefficients of the orthonormal DCT-II of log_mel
//   deltas  = sum_k k (c[t + k] - c[t - k]) / 10, k = 1, 2, the ends repeated; of deltas the same
// This is librosa.feature.melspectrogram(center=False) with its default filters on a sound with (F - N) / 2 zeros
// before it and the rest behind it, librosa.feature.mfcc(S=log_mel), librosa.effects.preemphasis(zi=0), and
// torchaudio.functional.compute_deltas(win_length=5).  Inside it is computed with float64.
#pragma once

#include <cstdint>

#include <torch/types.h>

#include "datasets/audio/options.h"

namespace recur {

/// All functions may be called from several threads at once.
class AudioFeatures {
 public:
  /// @throws ConfigError if a filter is so narrow that no frequency of the FFT lies in it, or what check() refuses.
  explicit AudioFeatures(const AudioFeatureOptions& options);

  /// [N] at options().sample_rate -> [T, D] float32, before normalisation; integers are refused.
  /// @throws ShapeError for another shape, or if there is no sample.
  torch::Tensor compute(const torch::Tensor& samples) const;

  /// floor((N - window) / hop) + 1: nothing is padded, so that a stream gives the same frames.  Fewer samples than a
  /// window, but any, are one frame, with zeros behind them.
  int64_t frames(int64_t samples) const;
  /// D = bands() * (1 + deltas): all static columns, then their deltas, then the deltas of those.
  int64_t columns() const { return bands() * (1 + options_.deltas); }
  /// Columns before deltas: mels or coefficients.
  int64_t bands() const { return options_.features == "mfcc" ? options_.coefficients : options_.mels; }

  int64_t window_samples() const { return window_; }
  int64_t hop_samples() const { return hop_; }
  int64_t fft_size() const { return fft_; }
  const torch::Tensor& hann() const { return hann_; }        ///< [window] float64
  const torch::Tensor& filters() const { return filters_; }  ///< [mels, fft / 2 + 1] float64
  /// [coefficients, mels] float64; undefined for log_mel
  const torch::Tensor& cepstrum() const { return cepstrum_; }
  const AudioFeatureOptions& options() const { return options_; }

  /// Static columns of the whole frames in y, samples after pre-emphasis: [n] float64 -> [T, bands] float32.
  torch::Tensor static_columns(const torch::Tensor& y) const;

 private:
  AudioFeatureOptions options_;
  int64_t window_, hop_, fft_;
  torch::Tensor hann_, filters_, cepstrum_;
};

/// How c changes over time, as above.  c [T, D] -> [T, D], T >= 1.
torch::Tensor compute_deltas(const torch::Tensor& c);

/// Triangles on Slaney's mel scale (Auditory Toolbox, 1998: linear below 1 kHz, logarithmic above), each of area 1:
/// librosa.filters.mel.  [mels, fft_size / 2 + 1] float64
torch::Tensor mel_filters(int64_t sample_rate, int64_t fft_size, int64_t mels, double low_hz, double high_hz);

/// Sound that arrives piece by piece: whatever the pieces, their frames together are those of AudioFeatures::compute().
class AudioFeatureStream {
 public:
  /// @throws ConfigError if deltas are wanted, which look ahead.
  explicit AudioFeatureStream(const AudioFeatures& features);

  /// The next samples [n], n >= 0; gives the frames that they complete, [T', D] with T' >= 0.
  torch::Tensor push(const torch::Tensor& samples);
  /// The end of the sound: one more frame if there were fewer samples than a window, else none.  Then it begins anew.
  torch::Tensor finish();

 private:
  AudioFeatures features_;
  torch::Tensor rest_;  // samples after pre-emphasis that a later frame needs
  double last_ = 0;     // sample before the next one
  int64_t skip_ = 0;    // samples to come that no frame needs, where hop > window
  bool gave_frames_ = false;
};

}  // namespace recur
