#include "datasets/audio/variation.h"

#include <algorithm>
#include <cmath>

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/randn.h>

#include <fmt/ranges.h>

#include "core/error.h"
#include "datasets/audio/resample.h"

namespace recur {
namespace {

/// The signal-to-noise ratio at which noise is no longer heard.
constexpr double kFaintNoise = 40;

struct Mask {
  int64_t first, width;
};

/// 0 to `widest` wide, anywhere in 0 .. size-1.
Mask draw_mask(int64_t widest, int64_t size, Draw& draw) {
  const int64_t width = draw.below(std::min(widest, size) + 1);
  return {.first = draw.below(size - width + 1), .width = width};
}

}  // namespace

torch::Tensor change_speed(const torch::Tensor& samples, double factor) {
  constexpr int64_t kThousandths = 1000;
  return resample(samples, std::llround(factor * kThousandths), kThousandths);
}

torch::Tensor add_noise(const torch::Tensor& samples, double snr_db, Draw& draw) {
  const double power = samples.square().mean().item<double>();
  const double deviation = std::sqrt(power * std::pow(10, -snr_db / 10));
  const auto generator = at::detail::createCPUGenerator(draw.bits());
  return samples + at::randn(samples.sizes(), generator, samples.options()) * deviation;
}

torch::Tensor change_gain(const torch::Tensor& samples, double gain_db) {
  return samples * std::pow(10, gain_db / 20);
}

torch::Tensor vary_samples(const torch::Tensor& samples, const AudioVariationOptions& options, Draw& draw) {
  // All are drawn whichever are wanted: one option does not change what another draws.
  const double factor = draw.between(1 - options.speed, 1 + options.speed);
  const double snr_db = draw.between(options.noise_db.value_or(kFaintNoise), kFaintNoise);
  const double gain_db = draw.between(-options.gain_db, options.gain_db);
  auto varied = samples.to(torch::kFloat);
  if (options.speed > 0) varied = change_speed(varied, factor);
  if (options.noise_db && varied.numel() > 0) varied = add_noise(varied, snr_db, draw);
  if (options.gain_db > 0) varied = change_gain(varied, gain_db);
  return varied;
}

torch::Tensor mask_spectrum(const torch::Tensor& features, const AudioVariationOptions& options, Draw& draw,
                            int64_t bands) {
  if (features.dim() != 2 || bands < 1 || features.size(1) % bands != 0) {
    throw ShapeError(fmt::format("mask_spectrum: expected features [T, a multiple of {}], got [{}]", bands,
                                 fmt::join(features.sizes(), ", ")));
  }
  auto masked = features.clone();
  const int64_t T = masked.size(0);
  const auto most = static_cast<int64_t>(options.time_mask_share * static_cast<double>(T));
  for (int64_t k = 0; k < options.time_masks; ++k) {
    const auto [first, width] = draw_mask(std::min(options.time_mask_width, most), T, draw);
    masked.narrow(0, first, width).zero_();
  }
  for (int64_t k = 0; k < options.frequency_masks; ++k) {
    const auto [first, width] = draw_mask(options.frequency_mask_width, bands, draw);
    masked.view({T, masked.size(1) / bands, bands}).narrow(2, first, width).zero_();
  }
  return masked;
}

}  // namespace recur
