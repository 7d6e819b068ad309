#include "datasets/audio/features.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>
#include <vector>

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/fft_rfft.h>
#include <ATen/ops/hann_window.h>
#include <ATen/ops/outer.h>

#include <fmt/ranges.h>

#include "core/error.h"

namespace recur {
namespace {

constexpr double kLeastMel = 1e-10;

int64_t samples_in(double milliseconds, int64_t sample_rate) {
  return std::max<int64_t>(1, std::llround(milliseconds / 1000 * static_cast<double>(sample_rate)));
}

/// [coefficients, mels]: row k is sqrt(2 / M) cos(pi k (m + 1/2) / M), row 0 divided by sqrt(2).
torch::Tensor dct(int64_t coefficients, int64_t mels) {
  const auto k = at::arange(coefficients, torch::kFloat64), m = at::arange(mels, torch::kFloat64) + 0.5;
  const auto M = static_cast<double>(mels);
  auto rows = at::outer(k, m).mul(std::numbers::pi / M).cos() * std::sqrt(2 / M);
  rows[0] *= std::numbers::sqrt2 / 2;
  return rows;
}

void check_samples(const torch::Tensor& samples, const char* who) {
  if (samples.dim() == 1 && samples.is_floating_point()) return;
  throw ShapeError(fmt::format("{}: expected floats [samples], full scale -1 to 1; got {} [{}]", who,
                               c10::toString(samples.scalar_type()), fmt::join(samples.sizes(), ", ")));
}

/// y[n] = x[n] - a * x[n - 1], where `before` is x[-1].  [n] -> [n] float64
torch::Tensor emphasized(const torch::Tensor& samples, double a, double before) {
  const auto x = samples.detach().to(torch::kCPU, torch::kFloat64);
  if (a == 0 || x.size(0) == 0) return x;
  const auto previous = at::cat({at::full({1}, before, torch::kFloat64), x.slice(0, 0, -1)});
  return x - a * previous;
}

AudioFeatureOptions checked(const AudioFeatureOptions& options) {
  return read_options<AudioFeatureOptions>(to_node(options));
}

}  // namespace

AudioFeatures::AudioFeatures(const AudioFeatureOptions& options)
    : options_(checked(options)),
      window_(samples_in(options.window_ms, options.sample_rate)),
      hop_(samples_in(options.hop_ms, options.sample_rate)),
      fft_(static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(window_)))),
      hann_(at::hann_window(window_, /*periodic=*/true, torch::kFloat64)),
      filters_(mel_filters(options.sample_rate, fft_, options.mels, options.low_hz, options.highest_hz())) {
  const auto empty = filters_.sum(1).eq(0).nonzero();
  if (empty.size(0) > 0) {
    throw ConfigError(
        fmt::format("features: of {} mel filters from {} to {} Hz, {} are so narrow that none of an FFT's "
                    "{} frequencies lies in them; take fewer mels or a longer window_ms",
                    options_.mels, options_.low_hz, options_.highest_hz(), empty.size(0), fft_ / 2 + 1));
  }
  if (options_.features == "mfcc") cepstrum_ = dct(options_.coefficients, options_.mels);
}

int64_t AudioFeatures::frames(int64_t samples) const {
  if (samples < window_) return samples > 0 ? 1 : 0;
  return (samples - window_) / hop_ + 1;
}

torch::Tensor AudioFeatures::static_columns(const torch::Tensor& y) const {
  constexpr int64_t kBlock = 4096;  // frames: an hour of sound does not become an hour of spectra
  if (y.size(0) < window_) return at::empty({0, bands()});
  const auto all = y.unfold(0, window_, hop_);  // [T, window]
  std::vector<torch::Tensor> blocks;
  for (int64_t first = 0; first < all.size(0); first += kBlock) {
    const auto frames = all.slice(0, first, first + kBlock);
    const auto power = at::fft_rfft(frames * hann_, fft_).abs().square();
    auto columns = power.matmul(filters_.t()).clamp_min(kLeastMel).log();
    if (cepstrum_.defined()) columns = columns.matmul(cepstrum_.t());
    blocks.push_back(columns.to(torch::kFloat));
  }
  return blocks.size() == 1 ? blocks.front() : at::cat(blocks);
}

torch::Tensor AudioFeatures::compute(const torch::Tensor& samples) const {
  check_samples(samples, "AudioFeatures");
  if (samples.size(0) == 0) throw ShapeError("AudioFeatures: got no samples; expected one at least");
  const auto y = emphasized(samples, options_.preemphasis, 0);
  std::vector columns{static_columns(y.size(0) < window_ ? at::constant_pad_nd(y, {0, window_ - y.size(0)}) : y)};
  for (int64_t order = 0; order < options_.deltas; ++order) columns.push_back(compute_deltas(columns.back()));
  return columns.size() == 1 ? columns.front() : at::cat(columns, 1);
}

torch::Tensor compute_deltas(const torch::Tensor& c) {
  const int64_t T = c.size(0);
  const auto at_offset = [&](int64_t k) {
    return c.index_select(0, at::arange(k, T + k, torch::kInt64).clamp(0, T - 1));
  };
  return (at_offset(1) - at_offset(-1) + 2 * (at_offset(2) - at_offset(-2))) / 10;
}

AudioFeatureStream::AudioFeatureStream(const AudioFeatures& features) : features_(features) {
  if (features.options().deltas > 0) {
    throw ConfigError("features: a stream cannot give deltas, which look two frames ahead; set deltas: 0");
  }
  rest_ = at::empty({0}, torch::kFloat64);
}

torch::Tensor AudioFeatureStream::push(const torch::Tensor& samples) {
  check_samples(samples, "AudioFeatureStream");
  const auto y = emphasized(samples, features_.options().preemphasis, last_);
  if (samples.size(0) > 0) last_ = samples[-1].item<double>();
  const int64_t skipped = std::min(skip_, y.size(0));
  skip_ -= skipped;
  rest_ = at::cat({rest_, y.slice(0, skipped)});
  const auto columns = features_.static_columns(rest_);
  const int64_t used = columns.size(0) * features_.hop_samples(), dropped = std::min(used, rest_.size(0));
  skip_ += used - dropped;
  rest_ = rest_.slice(0, dropped).clone();
  gave_frames_ = gave_frames_ || columns.size(0) > 0;
  return columns;
}

torch::Tensor AudioFeatureStream::finish() {
  const bool is_short = !gave_frames_ && rest_.size(0) > 0;
  const auto padded = at::constant_pad_nd(rest_, {0, features_.window_samples() - rest_.size(0)});
  const auto columns = features_.static_columns(is_short ? padded : rest_.slice(0, 0, 0));
  *this = AudioFeatureStream(features_);
  return columns;
}

}  // namespace recur
