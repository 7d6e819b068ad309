// Sounds for tests, and files of them that libsndfile writes.
#pragma once

#include <cmath>
#include <filesystem>
#include <numbers>
#include <vector>

#include <ATen/ops/arange.h>
#include <torch/types.h>

#include <gtest/gtest.h>
#include <sndfile.h>

namespace recur {

/// `seconds` of a sine.  [N] float32
inline torch::Tensor tone(double hz, double seconds, int64_t sample_rate, double loudness = 0.5) {
  const auto n = at::arange(std::llround(seconds * static_cast<double>(sample_rate)), torch::kFloat64);
  const double step = 2 * std::numbers::pi * hz / static_cast<double>(sample_rate);
  return (n.mul(step).sin() * loudness).to(torch::kFloat);
}

/// A rising and fading sound with all frequencies up to half the rate.  [N] float32
inline torch::Tensor sweep(double seconds, int64_t sample_rate) {
  const auto t = at::arange(std::llround(seconds * static_cast<double>(sample_rate)), torch::kFloat64) /
                 static_cast<double>(sample_rate);
  const double rise = static_cast<double>(sample_rate) / 4 / seconds;
  const auto fading = (t * std::numbers::pi / seconds).sin() * 0.8;
  return ((t.square() * (2 * std::numbers::pi * rise)).sin() * fading).to(torch::kFloat);
}

/// @param channels  [N, C] floats
inline void write_sound(const std::filesystem::path& path, const torch::Tensor& channels, int format,
                        int sample_rate = 8000) {
  SF_INFO info{};
  info.samplerate = sample_rate;
  info.channels = static_cast<int>(channels.size(1));
  info.format = format;
  SNDFILE* file = sf_open(path.c_str(), SFM_WRITE, &info);
  ASSERT_NE(file, nullptr) << path << ": " << sf_strerror(nullptr);
  sf_command(file, SFC_SET_CLIPPING, nullptr, SF_TRUE);
  const auto samples = channels.to(torch::kFloat).contiguous();
  EXPECT_EQ(sf_writef_float(file, samples.const_data_ptr<float>(), samples.size(0)), samples.size(0));
  sf_close(file);
}

}  // namespace recur
