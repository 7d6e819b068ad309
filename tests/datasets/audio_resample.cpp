#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include <gtest/gtest.h>

#include "core/error.h"
#include "datasets/audio/resample.h"
#include "sound.h"

namespace recur::this_file {
namespace {

/// Largest difference of a second's sound, a twentieth of it away from the ends, where the filter meets silence.
double difference_inside(const torch::Tensor& a, const torch::Tensor& b) {
  const int64_t ends = a.size(0) / 20;
  return (a - b).slice(0, ends, -ends).abs().max().item<double>();
}

TEST(Resample, KeepsASineWhateverTheRates) {
  for (const auto& [from, to] : {std::pair{16000, 8000},
                                 {8000, 16000},
                                 {44100, 8000},
                                 {8000, 44100},
                                 {48000, 16000},
                                 {11025, 8000},
                                 {8001, 8000},
                                 {22050, 16000}}) {
    const auto resampled = resample(tone(1000, 1, from), from, to);
    ASSERT_EQ(resampled.size(0), to) << from << " to " << to;
    EXPECT_LT(difference_inside(resampled, tone(1000, 1, to)), 1e-4) << from << " to " << to;
  }
}

TEST(Resample, TakesOutWhatTheLowerRateCannotHold) {
  EXPECT_LT(difference_inside(resample(tone(5000, 1, 16000), 16000, 8000), at::zeros({8000})), 1e-4);
}

TEST(Resample, GivesTheRoundedLength) {
  for (const int64_t count : {1, 2, 3, 5, 100, 441, 1001, 70000}) {
    for (const auto& [from, to] :
         {std::pair<int64_t, int64_t>{16000, 8000}, {8000, 16000}, {44100, 16000}, {900, 1000}}) {
      const auto resampled = resample(at::ones({count}), from, to);
      const auto expected =
          std::max<int64_t>(1, std::llround(static_cast<double>(count * to) / static_cast<double>(from)));
      EXPECT_EQ(resampled.size(0), expected) << count << " from " << from << " to " << to;
      EXPECT_EQ(resampled_length(count, from, to), expected);
    }
  }
  EXPECT_EQ(resample(at::zeros({0}), 16000, 8000).size(0), 0);
}

TEST(Resample, DelaysNothing) {
  auto click = at::zeros({1000});
  click[500] = 1;
  EXPECT_EQ(resample(click, 8000, 16000).argmax().item<int64_t>(), 1000);
}

TEST(Resample, LeavesTheSameRateAlone) {
  const auto samples = sweep(0.1, 8000);
  EXPECT_TRUE(resample(samples, 8000, 8000).equal(samples));
}

TEST(Resample, RefusesWhatIsNoSound) {
  EXPECT_THROW(resample(at::zeros({2, 3}), 8000, 16000), ShapeError);
  EXPECT_THROW(resample(at::zeros({3}, torch::kShort), 8000, 16000), ShapeError);
  EXPECT_THROW(resample(at::zeros({3}), 0, 16000), ConfigError);
  EXPECT_THROW(resample(at::zeros({3}), 8000, -1), ConfigError);
}

}  // namespace
}  // namespace recur::this_file
