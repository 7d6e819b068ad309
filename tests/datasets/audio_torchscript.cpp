// The exported script against the C++ it stands for.
#include <sstream>

#include <ATen/ops/cat.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/jit/serialization/import.h>

#include <gtest/gtest.h>

#include "core/error.h"
#include "datasets/audio/features.h"
#include "datasets/audio/resample.h"
#include "datasets/audio/torchscript.h"
#include "sound.h"

namespace recur::this_file {
namespace {

const std::vector<AudioFeatureOptions> kKinds{
    {},
    {.deltas = 2, .preemphasis = 0.97, .normalization = "none"},
    {.features = "mfcc", .deltas = 1, .normalization = "utterance"},
    {.features = "mfcc", .sample_rate = 16000, .mels = 80, .normalization = "speaker"},
    {.window_ms = 20, .hop_ms = 30, .normalization = "running", .prior_frames = 30},
};

FeatureStatistics statistics_of(const AudioFeatures& features) {
  StatisticsAccumulator all;
  all.add(features.compute(sweep(0.7, features.options().sample_rate) * 0.3));
  return all.statistics();
}

torch::Tensor normalised(const torch::Tensor& frames, const AudioFeatureOptions& options,
                         const FeatureStatistics& statistics) {
  if (options.normalization == "none") return frames;
  if (options.normalization == "global") return normalise(frames, statistics);
  if (options.normalization == "running") {
    return normalise_running(frames, statistics, static_cast<double>(options.prior_frames));
  }
  return normalise_utterance(frames);
}

/// Written and read again, as a user has it.
torch::jit::Module exported(const AudioFeatureOptions& options) {
  const auto statistics = statistics_of(AudioFeatures(options));
  std::stringstream file;
  audio_features_to_torchscript(options, &statistics).save(file);
  return torch::jit::load(file);
}

torch::Tensor run(torch::jit::Module& module, const torch::Tensor& waveform, int64_t sample_rate) {
  return module.forward({waveform, sample_rate}).toTensor();
}

double largest(const torch::Tensor& difference) {
  return difference.abs().max().item<double>();
}

TEST(AudioTorchScript, GivesTheFramesOfTheLibrary) {
  for (const auto& options : kKinds) {
    const AudioFeatures features(options);
    auto module = exported(options);
    for (const int64_t count : {1, 100, 200, 399, 4000}) {
      const auto sound = sweep(1, options.sample_rate).slice(0, 2000, 2000 + count);
      const auto expected = normalised(features.compute(sound), options, statistics_of(features));
      const auto frames = run(module, sound, options.sample_rate);
      ASSERT_EQ(frames.sizes(), expected.sizes());
      ASSERT_EQ(frames.scalar_type(), torch::kFloat);
      EXPECT_LE(largest(frames - expected), 1e-5) << options.features << ", " << options.normalization << ", " << count;
    }
  }
}

TEST(AudioTorchScript, GivesTheFramesOfLongSounds) {
  const AudioFeatureOptions options{.hop_ms = 1, .normalization = "none"};
  auto module = exported(options);
  const auto sound = sweep(6, 8000);
  EXPECT_LE(largest(run(module, sound, 8000) - AudioFeatures(options).compute(sound)), 1e-5);
}

TEST(AudioTorchScript, TakesIntegers) {
  auto module = exported({});
  const auto exact = (sweep(0.5, 8000) * 128).round().clamp(-128, 127) / 128;
  const auto expected = run(module, exact, 8000);
  EXPECT_TRUE(run(module, (exact * 32768).to(torch::kShort), 8000).equal(expected));
  EXPECT_TRUE(run(module, (exact.to(torch::kDouble) * 2147483648.0).to(torch::kInt), 8000).equal(expected));
  EXPECT_TRUE(run(module, (exact * 128 + 128).to(torch::kByte), 8000).equal(expected));
  EXPECT_TRUE(run(module, exact.to(torch::kDouble), 8000).equal(expected));
}

TEST(AudioTorchScript, ResamplesAsSoxrDoes) {
  const AudioFeatureOptions options{.normalization = "none"};
  auto module = exported(options);
  for (const int64_t rate : {16000, 44100, 48000, 11025, 6000, 8001, 7919}) {
    // Below nine tenths of half the lower rate; faded, for at the ends the filters meet silence.
    const auto sound =
        tone(440, 1, rate) * tone(1, 1, rate, 1).abs() + tone(2300, 1, rate, 0.2) * tone(0.5, 1, rate, 1);
    const auto ours = module.get_method("resampled")({sound.to(torch::kDouble), rate}).toTensor();
    const auto soxr = resample(sound, rate, 8000);
    ASSERT_EQ(ours.sizes(), soxr.sizes()) << rate;
    EXPECT_LE(largest(ours - soxr), 1e-5) << rate;
    EXPECT_EQ(run(module, sound, rate).size(0), AudioFeatures(options).frames(soxr.size(0)));
  }
  for (const int64_t count : {1, 2, 3, 1000, 4099}) {
    for (const int64_t rate : {16000, 44100, 5000}) {
      const auto length = module.get_method("resampled")({at::zeros({count}, torch::kDouble), rate}).toTensor().size(0);
      EXPECT_EQ(length, resampled_length(count, rate, 8000));
    }
  }
}

TEST(AudioTorchScript, SaysWhatIsWrongWithASound) {
  auto module = exported({});
  EXPECT_ANY_THROW(run(module, at::zeros({2, 800}), 8000));
  EXPECT_ANY_THROW(run(module, at::zeros({0}), 8000));
  EXPECT_ANY_THROW(run(module, at::zeros({800}, torch::kLong), 8000));
  EXPECT_ANY_THROW(run(module, at::zeros({800}), 0));
}

TEST(AudioTorchScript, RefusesStatisticsThatDoNotFit) {
  EXPECT_THROW(audio_features_to_torchscript({}, nullptr), ConfigError);
  const auto statistics = statistics_of(AudioFeatures({.mels = 20}));
  EXPECT_THROW(audio_features_to_torchscript({}, &statistics), ShapeError);
  EXPECT_NO_THROW(audio_features_to_torchscript({.normalization = "speaker"}, nullptr));
}

}  // namespace
}  // namespace recur::this_file
