#include <cmath>

#include <ATen/ops/arange.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/minimum.h>

#include "datasets/audio/features.h"

namespace recur {
namespace {

// Slaney, Auditory Toolbox, 1998: 3 mels for 200 Hz up to 1 kHz (15 mels), then 27 for each factor of 6.4.
constexpr double kHzPerMel = 200.0 / 3, kBend = 1000, kMelsAtBend = kBend / kHzPerMel, kMelsPerFactor = 27;
const double kLogFactor = std::log(6.4);

double mel_of(double hz) {
  return hz < kBend ? hz / kHzPerMel : kMelsAtBend + kMelsPerFactor * std::log(hz / kBend) / kLogFactor;
}

double hz_of(double mel) {
  return mel < kMelsAtBend ? mel * kHzPerMel : kBend * std::exp((mel - kMelsAtBend) * kLogFactor / kMelsPerFactor);
}

}  // namespace

torch::Tensor mel_filters(int64_t sample_rate, int64_t fft_size, int64_t mels, double low_hz, double high_hz) {
  const auto frequencies = at::arange(fft_size / 2 + 1, torch::kFloat64) *
                           (static_cast<double>(sample_rate) / static_cast<double>(fft_size));
  const double low = mel_of(low_hz), step = (mel_of(high_hz) - low) / static_cast<double>(mels + 1);
  auto filters = at::empty({mels, fft_size / 2 + 1}, torch::kFloat64);
  for (int64_t m = 0; m < mels; ++m) {
    const auto corner = [&](int64_t k) { return hz_of(low + step * static_cast<double>(m + k)); };
    const double left = corner(0), middle = corner(1), right = corner(2);
    const auto rising = (frequencies - left) / (middle - left), falling = (right - frequencies) / (right - middle);
    filters[m] = at::minimum(rising, falling).clamp_min(0) * (2 / (right - left));
  }
  return filters;
}

}  // namespace recur
