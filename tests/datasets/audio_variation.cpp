#include <cmath>

#include <ATen/Context.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <gtest/gtest.h>

#include "core/error.h"
#include "datasets/audio/variation.h"
#include "sound.h"

namespace recur::this_file {
namespace {

double decibels(const torch::Tensor& samples) {
  return 10 * std::log10(samples.square().mean().item<double>());
}

TEST(ChangeSpeed, MakesATonesPitchRiseAndItsLengthFall) {
  const auto faster = change_speed(tone(1000, 1, 8000), 1.25);
  ASSERT_EQ(faster.size(0), 6400);
  const auto difference = (faster - tone(1250, 0.8, 8000)).slice(0, 200, -200);
  EXPECT_LT(difference.abs().max().item<double>(), 1e-4);
  EXPECT_TRUE(change_speed(faster, 1).equal(faster));
  EXPECT_THROW(change_speed(faster, 0), ConfigError);
}

TEST(AddNoise, IsAsLoudAsItIsAskedFor) {
  const auto sound = tone(500, 4, 8000);
  for (const double snr_db : {-5.0, 0.0, 20.0}) {
    Draw draw({1});
    EXPECT_NEAR(decibels(sound) - decibels(add_noise(sound, snr_db, draw) - sound), snr_db, 0.2);
  }
}

TEST(AddNoise, IsAnotherForEachKeyAndTheSameForOne) {
  const auto sound = tone(500, 0.1, 8000);
  Draw first({1, 2}), again({1, 2}), other({1, 3});
  const auto noisy = add_noise(sound, 10, first);
  EXPECT_TRUE(noisy.equal(add_noise(sound, 10, again)));
  EXPECT_FALSE(noisy.equal(add_noise(sound, 10, other)));
  EXPECT_FALSE(noisy.equal(add_noise(sound, 10, first)));  // the draw goes on
}

TEST(VarySamples, DoesNothingUnlessAsked) {
  Draw draw({1});
  const auto sound = tone(500, 0.1, 8000);
  EXPECT_TRUE(vary_samples(sound, {}, draw).equal(sound));
}

TEST(VarySamples, StaysWithinWhatIsAskedFor) {
  const auto sound = tone(500, 1, 8000);
  double shortest = 8000, longest = 8000, quietest = 0, loudest = 0;
  for (int64_t index = 0; index < 40; ++index) {
    Draw draw({7, index});
    const auto varied = vary_samples(sound, {.speed = 0.1, .gain_db = 6}, draw);
    const auto length = static_cast<double>(varied.size(0));
    const double gain = decibels(varied) - decibels(sound);
    shortest = std::min(shortest, length), longest = std::max(longest, length);
    quietest = std::min(quietest, gain), loudest = std::max(loudest, gain);
  }
  EXPECT_GE(shortest, 8000 / 1.1 - 1);
  EXPECT_LT(shortest, 7500);
  EXPECT_LE(longest, 8000 / 0.9 + 1);
  EXPECT_GT(longest, 8500);
  EXPECT_GE(quietest, -6.01);
  EXPECT_LT(quietest, -4);
  EXPECT_LE(loudest, 6.01);
  EXPECT_GT(loudest, 4);
}

TEST(VarySamples, LeavesTorchsOwnGeneratorAlone) {
  torch::manual_seed(3);
  const auto expected = at::randn({3});
  torch::manual_seed(3);
  Draw draw({1});
  vary_samples(tone(500, 0.1, 8000), {.speed = 0.1, .noise_db = 10, .gain_db = 3}, draw);
  EXPECT_TRUE(at::randn({3}).equal(expected));
}

TEST(VarySamples, OfOneKindAreTheSameWhateverElseIsAskedFor) {
  const auto sound = tone(500, 0.1, 8000);
  Draw alone({5}), together({5});
  const auto gain = vary_samples(sound, {.gain_db = 6}, alone);
  const auto both = vary_samples(sound, {.speed = 0.2, .gain_db = 6}, together);
  EXPECT_NEAR((gain.abs().max() / sound.abs().max()).item<double>(),
              (both.abs().max() / sound.abs().max()).item<double>(), 0.02);
}

const AudioVariationOptions kMasks{
    .time_masks = 2, .time_mask_width = 10, .time_mask_share = 0.5, .frequency_masks = 1, .frequency_mask_width = 5};

TEST(MaskSpectrum, HidesRunsOfFramesAndOfColumns) {
  const auto features = at::ones({50, 20});
  int64_t most_rows = 0, most_columns = 0;
  for (int64_t index = 0; index < 200; ++index) {
    Draw draw({index});
    const auto hidden = mask_spectrum(features, kMasks, draw, 20).eq(0);
    const auto rows = hidden.all(1), columns = hidden.all(0);
    EXPECT_TRUE(hidden.equal(rows.unsqueeze(1) | columns.unsqueeze(0)));
    most_rows = std::max(most_rows, rows.sum().item<int64_t>());
    most_columns = std::max(most_columns, columns.sum().item<int64_t>());
  }
  EXPECT_GT(most_rows, 10);  // two masks
  EXPECT_LE(most_rows, 20);
  EXPECT_EQ(most_columns, 5);
  EXPECT_TRUE(features.equal(at::ones({50, 20})));
}

TEST(MaskSpectrum, HidesNoMoreOfAShortUtteranceThanItsShare) {
  for (int64_t index = 0; index < 50; ++index) {
    Draw draw({index});
    const auto masked =
        mask_spectrum(at::ones({10, 4}), {.time_masks = 1, .time_mask_width = 100, .time_mask_share = 0.2}, draw, 4);
    EXPECT_LE(masked.eq(0).all(1).sum().item<int64_t>(), 2);
  }
}

TEST(MaskSpectrum, ReachesEveryFrameAndColumn) {
  auto hidden = at::zeros({12, 6});
  for (int64_t index = 0; index < 300; ++index) {
    Draw draw({index});
    hidden += mask_spectrum(at::ones({12, 6}), kMasks, draw, 6).eq(0);
  }
  EXPECT_GT(hidden.min().item<double>(), 20);
}

TEST(MaskSpectrum, HidesAFiltersDeltasWithIt) {
  for (int64_t index = 0; index < 20; ++index) {
    Draw draw({index});
    const auto masked = mask_spectrum(at::ones({30, 18}), kMasks, draw, 6);
    EXPECT_TRUE(masked.slice(1, 0, 6).equal(masked.slice(1, 6, 12)));
    EXPECT_TRUE(masked.slice(1, 0, 6).equal(masked.slice(1, 12, 18)));
  }
  Draw draw({1});
  EXPECT_THROW(mask_spectrum(at::ones({30, 18}), kMasks, draw, 7), ShapeError);
}

TEST(MaskSpectrum, TakesOneFrameOrNone) {
  Draw draw({1});
  EXPECT_EQ(mask_spectrum(at::ones({1, 6}), kMasks, draw, 6).size(0), 1);
  EXPECT_EQ(mask_spectrum(at::ones({0, 6}), kMasks, draw, 6).size(0), 0);
}

}  // namespace
}  // namespace recur::this_file
