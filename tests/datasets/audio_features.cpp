// Shapes, streams and properties; tests/interop/audio_features.cpp holds the numbers against librosa's.
#include <cmath>
#include <thread>

#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include <gmock/gmock.h>

#include "core/error.h"
#include "datasets/audio/features.h"
#include "sound.h"
#include "temporary_folder.h"

namespace recur::this_file {
namespace {

using testing::HasSubstr;

const std::vector<AudioFeatureOptions> kKinds{
    {},
    {.preemphasis = 0.97},
    {.features = "mfcc", .deltas = 2},
    {.features = "mfcc", .sample_rate = 16000, .mels = 80, .coefficients = 20, .deltas = 1},
    {.sample_rate = 8000, .window_ms = 20, .hop_ms = 50, .mels = 20},  // hop > window
    {.sample_rate = 11025, .window_ms = 23.3, .hop_ms = 9.7, .mels = 23, .low_hz = 0, .high_hz = 5000},
};

TEST(AudioFeatures, HaveTheFramesAndColumnsThatTheySay) {
  for (const auto& options : kKinds) {
    const AudioFeatures features(options);
    for (const int64_t count : {1L, 50L, features.window_samples() - 1, features.window_samples(),
                                features.window_samples() + features.hop_samples() - 1,
                                features.window_samples() + features.hop_samples(), 8001L}) {
      const auto frames = features.compute(sweep(2, 8000).slice(0, 3000, 3000 + count));
      EXPECT_EQ(frames.size(0), features.frames(count)) << count;
      EXPECT_EQ(frames.size(1), features.columns());
      EXPECT_EQ(frames.scalar_type(), torch::kFloat);
      EXPECT_TRUE(frames.isfinite().all().item<bool>());
    }
  }
  const AudioFeatures features({.deltas = 2});
  EXPECT_EQ(features.columns(), 120);
  EXPECT_EQ(features.bands(), 40);
  EXPECT_EQ(features.frames(200), 1);
  EXPECT_EQ(features.frames(279), 1);
  EXPECT_EQ(features.frames(280), 2);
  EXPECT_EQ(features.frames(0), 0);
}

TEST(AudioFeatures, LookThroughAPeriodicWindowAndFiltersOfOneArea) {
  const AudioFeatures features({.window_ms = 256, .mels = 20});
  EXPECT_NEAR(features.hann().mean().item<double>(), 0.5, 1e-12);
  EXPECT_NEAR(features.hann()[1024].item<double>(), 1, 1e-12);
  const double hz_of_a_bin = 8000.0 / static_cast<double>(features.fft_size());
  EXPECT_TRUE((features.filters().sum(1) * hz_of_a_bin).allclose(at::ones({20}, torch::kFloat64), 0, 0.01));
}

TEST(AudioFeatures, PutAToneIntoTheFilterAroundIt) {
  const AudioFeatures features({});
  for (const double hz : {300.0, 1000.0, 2500.0}) {
    const auto loudest = features.compute(tone(hz, 0.1, 8000)).mean(0).argmax().item<int64_t>();
    const auto bins = features.filters()[loudest].nonzero();
    EXPECT_LE(bins[0].item<double>() * 8000 / 256, hz + 32) << hz;
    EXPECT_GE(bins[-1].item<double>() * 8000 / 256, hz - 32) << hz;
  }
}

TEST(AudioFeatures, GiveTheSameFramesWhereverTheSoundIsCut) {
  const AudioFeatures features({});
  const auto sound = sweep(1, 8000);
  const auto whole = features.compute(sound), later = features.compute(sound.slice(0, 10 * features.hop_samples()));
  EXPECT_TRUE(whole.slice(0, 10).allclose(later, 0, 1e-6));
}

TEST(AudioFeatures, OfALongSoundAreThoseOfItsParts) {
  const AudioFeatures features({.hop_ms = 1});  // more frames than one block
  const auto sound = at::cat({sweep(3, 8000), sweep(3, 8000)});
  const auto whole = features.compute(sound);
  ASSERT_GT(whole.size(0), 5000);
  EXPECT_TRUE(whole.slice(0, 4090, 4110).allclose(features.compute(sound.slice(0, 4090 * 8, 4109 * 8 + 200)), 0, 1e-5));
}

TEST(AudioFeatures, AreFiniteForSilence) {
  const auto frames = AudioFeatures({}).compute(at::zeros({800}));
  EXPECT_TRUE(frames.allclose(at::full({1}, std::log(1e-10)).to(torch::kFloat)));
  const auto mfcc = AudioFeatures({.features = "mfcc", .deltas = 2}).compute(at::zeros({800}));
  EXPECT_NEAR(mfcc[0][0].item<double>(), std::log(1e-10) * std::sqrt(40), 1e-4);
  EXPECT_LT(mfcc.slice(1, 1).abs().max().item<double>(), 1e-5);
}

TEST(AudioFeatures, RiseByTheSquareOfTheLoudness) {
  const auto sound = sweep(0.3, 8000);
  const auto difference = AudioFeatures({}).compute(sound) - AudioFeatures({}).compute(sound / 2);
  const auto loud = AudioFeatures({}).compute(sound / 2) > std::log(1e-9);
  EXPECT_TRUE(difference.masked_select(loud).allclose(at::full({1}, std::log(4.0)).to(torch::kFloat), 0, 1e-3));
}

TEST(AudioFeatures, MayBeComputedFromSeveralThreads) {
  const AudioFeatures features({.features = "mfcc", .deltas = 2});
  const auto sound = sweep(0.5, 8000), expected = features.compute(sound);
  std::vector<torch::Tensor> got(4);
  std::vector<std::thread> threads;
  for (auto& frames : got) threads.emplace_back([&] { frames = features.compute(sound); });
  for (auto& thread : threads) thread.join();
  for (const auto& frames : got) EXPECT_TRUE(frames.equal(expected));
}

TEST(AudioFeatures, RefuseWhatTheyCannotUse) {
  EXPECT_THROW(AudioFeatures({}).compute(at::zeros({2, 800})), ShapeError);
  EXPECT_THROW(AudioFeatures({}).compute(at::zeros({800}, torch::kShort)), ShapeError);
  EXPECT_THROW(AudioFeatures({}).compute(at::zeros({0})), ShapeError);
  EXPECT_THAT(message_of<ConfigError>([] { AudioFeatures({.mels = 400}); }), HasSubstr("fewer mels"));
  EXPECT_THAT(message_of<ConfigError>([] { AudioFeatures({.high_hz = 5000}); }), HasSubstr("half the sample_rate"));
  EXPECT_THAT(message_of<ConfigError>([] { AudioFeatures({.low_hz = 5000}); }), HasSubstr("low_hz"));
  EXPECT_THAT(message_of<ConfigError>([] { AudioFeatures({.features = "mfcc", .mels = 20, .coefficients = 21}); }),
              HasSubstr("at most mels"));
}

TEST(Deltas, OfARampAreItsSlope) {
  const auto ramp = at::arange(10, torch::kFloat).unsqueeze(1) * 3;
  const auto deltas = compute_deltas(ramp);
  EXPECT_TRUE(deltas.slice(0, 2, 8).allclose(at::full({6, 1}, 3.0)));
  EXPECT_NEAR(deltas[0].item<double>(), 1.5, 1e-6);  // (3 - 0 + 2 (6 - 0)) / 10
  EXPECT_TRUE(compute_deltas(at::ones({1, 3})).equal(at::zeros({1, 3})));
}

/// Frames of `sound` that arrives in pieces of `piece` samples, or of 0, 1, 2, ... if that is 0.
torch::Tensor streamed(AudioFeatureStream& stream, const torch::Tensor& sound, int64_t piece) {
  std::vector<torch::Tensor> frames;
  int64_t next = 0;
  for (int64_t first = 0; first < sound.size(0);) {
    const int64_t end = std::min(sound.size(0), first + (piece > 0 ? piece : next++));
    frames.push_back(stream.push(sound.slice(0, first, end)));
    first = end;
  }
  frames.push_back(stream.finish());
  return at::cat(frames);
}

TEST(AudioFeatureStream, GivesTheFramesOfTheWholeHoweverItIsCut) {
  for (auto options : kKinds) {
    options.deltas = 0;
    const AudioFeatures features(options);
    AudioFeatureStream stream(features);
    for (const int64_t count : {2000, 199, 200, 1}) {
      const auto sound = sweep(0.5, 8000).slice(0, 1000, 1000 + count);
      const auto whole = features.compute(sound);
      for (const int64_t piece : {0, 1, 7, 80, 200, 333, 5000}) {
        const auto frames = streamed(stream, sound, piece);  // the same stream: finish() begins anew
        ASSERT_EQ(frames.sizes(), whole.sizes()) << count << " samples by " << piece;
        EXPECT_TRUE(frames.allclose(whole, 0, 1e-5)) << count << " samples by " << piece;
      }
    }
  }
}

TEST(AudioFeatureStream, GivesAFrameAsSoonAsItIsWhole) {
  AudioFeatureStream stream(AudioFeatures({}));
  EXPECT_EQ(stream.push(at::ones({199})).size(0), 0);
  EXPECT_EQ(stream.push(at::ones({1})).size(0), 1);
  EXPECT_EQ(stream.push(at::ones({79})).size(0), 0);
  EXPECT_EQ(stream.push(at::ones({161})).size(0), 3);
  EXPECT_EQ(stream.finish().size(0), 0);
}

TEST(AudioFeatureStream, RefusesDeltasWhichLookAhead) {
  EXPECT_THAT(message_of<ConfigError>([] { AudioFeatureStream(AudioFeatures({.deltas = 1})); }),
              HasSubstr("deltas: 0"));
}

}  // namespace
}  // namespace recur::this_file
