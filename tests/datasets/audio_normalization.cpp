#include <cmath>

#include <ATen/Context.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <gmock/gmock.h>

#include "core/error.h"
#include "datasets/audio/normalization.h"
#include "temporary_folder.h"

namespace recur::this_file {
namespace {

/// [T, 3], columns of unlike means and deviations.
torch::Tensor frames(int64_t T) {
  torch::manual_seed(4);
  return at::randn({T, 3}) * torch::tensor({1.0F, 5.0F, 0.1F}) + torch::tensor({-20.0F, 100.0F, 0.0F});
}

FeatureStatistics statistics_of(const torch::Tensor& features) {
  StatisticsAccumulator all;
  all.add(features);
  return all.statistics();
}

void expect_close(const FeatureStatistics& a, const FeatureStatistics& b) {
  EXPECT_TRUE(a.mean.allclose(b.mean, 1e-12, 1e-12));
  EXPECT_TRUE(a.deviation.allclose(b.deviation, 1e-10, 1e-12));
  EXPECT_EQ(a.frames, b.frames);
}

TEST(FeatureStatistics, AreMeanAndDeviationOfTheColumns) {
  const auto x = frames(500);
  const auto statistics = statistics_of(x);
  EXPECT_TRUE(statistics.mean.allclose(x.to(torch::kFloat64).mean(0)));
  EXPECT_TRUE(statistics.deviation.allclose(x.to(torch::kFloat64).std(0, /*unbiased=*/false)));
  EXPECT_EQ(statistics.frames, 500);
  EXPECT_TRUE(normalise(x, statistics).mean(0).allclose(at::zeros({3}), 0, 1e-5));
  EXPECT_TRUE(normalise(x, statistics).std(0, false).allclose(at::ones({3}), 0, 1e-5));
}

TEST(FeatureStatistics, AreTheSameHoweverFramesAreGathered) {
  const auto x = frames(500);
  StatisticsAccumulator pieces;
  for (const auto& piece : x.split(7)) pieces.add(piece);
  pieces.add(x.slice(0, 0, 0));
  expect_close(pieces.statistics(), statistics_of(x));
}

TEST(FeatureStatistics, KeepSmallDeviationsOnLargeMeans) {
  const auto x = at::randn({1000, 1}, torch::kFloat64) * 0.01 + 1e6;
  EXPECT_NEAR(statistics_of(x).deviation.item<double>(), x.std(0, false).item<double>(), 1e-9);
}

TEST(FeatureStatistics, TakeNoDeviationFromColumnsThatNeverChange) {
  const auto x = at::cat({frames(50), at::ones({50, 1}) * -23}, 1);
  EXPECT_EQ(statistics_of(x).deviation[3].item<double>(), kLeastDeviation);
  EXPECT_TRUE(normalise_utterance(x).select(1, 3).equal(at::zeros({50})));
  EXPECT_TRUE(normalise_utterance(x.slice(0, 0, 1)).equal(at::zeros({1, 4})));
  EXPECT_EQ(normalise_utterance(x.slice(0, 0, 0)).size(0), 0);
}

TEST(FeatureStatistics, AreReadBackFromJson) {
  const auto statistics = statistics_of(frames(77));
  const auto read = FeatureStatistics::from_json(statistics.to_json());
  EXPECT_TRUE(read.mean.equal(statistics.mean));
  EXPECT_TRUE(read.deviation.equal(statistics.deviation));
  EXPECT_EQ(read.frames, 77);
  for (const auto* text : {"", "[]", "{}", R"({"frames": 1, "mean": [1], "std": [1, 2]})",
                           R"({"frames": 1, "mean": [1], "std": [0]})", R"({"frames": 1, "mean": "a", "std": [1]})"}) {
    EXPECT_THROW(FeatureStatistics::from_json(text), CheckpointError) << text;
  }
}

TEST(FeatureStatistics, RefuseWhatDoesNotFit) {
  StatisticsAccumulator all;
  EXPECT_THROW(all.statistics(), DataError);
  all.add(frames(5));
  EXPECT_THROW(all.add(at::zeros({5, 4})), ShapeError);
  EXPECT_THROW(all.add(at::zeros({3})), ShapeError);
  EXPECT_THROW(normalise(at::zeros({5, 4}), all.statistics()), ShapeError);
  EXPECT_THROW(normalise_running(at::zeros({5, 4}), all.statistics(), 10), ShapeError);
  EXPECT_THROW(normalise_running(frames(5), all.statistics(), 0), ConfigError);
}

/// Frame by frame, as it is defined.
torch::Tensor running_by_hand(const torch::Tensor& x, const FeatureStatistics& prior, double weight) {
  std::vector<torch::Tensor> rows;
  for (int64_t t = 0; t < x.size(0); ++t) {
    const auto heard = x.slice(0, 0, t + 1).to(torch::kFloat64);
    const double n = weight + static_cast<double>(t + 1);
    const auto mean = (prior.mean * weight + heard.sum(0)) / n;
    const auto square = ((prior.deviation.square() + prior.mean.square()) * weight + heard.square().sum(0)) / n;
    rows.push_back((heard[t] - mean) / (square - mean.square()).sqrt());
  }
  return at::stack(rows).to(torch::kFloat);
}

TEST(RunningNormalization, BlendsThePriorWithWhatWasHeardSoFar) {
  const auto prior = statistics_of(frames(200));
  const auto x = frames(60) * 2 + 1;
  EXPECT_TRUE(normalise_running(x, prior, 25).allclose(running_by_hand(x, prior, 25), 0, 1e-4));
}

TEST(RunningNormalization, GoesFromThePriorToTheUtterance) {
  const auto prior = statistics_of(frames(200));
  const auto x = frames(4000) * 2 + 1;
  EXPECT_TRUE(normalise_running(x, prior, 1e12).allclose(normalise(x, prior), 0, 1e-4));
  const auto last = normalise_running(x, prior, 1e-6)[-1];
  EXPECT_TRUE(last.allclose(normalise_utterance(x)[-1], 0, 1e-3));
}

TEST(RunningNormalization, GivesTheSameHoweverFramesAreCut) {
  const auto prior = statistics_of(frames(200));
  const auto x = frames(60) * 2 + 1;
  const auto whole = normalise_running(x, prior, 100);
  RunningNormalization running(prior, 100);
  for (const int64_t piece : {1, 2, 7, 59, 60, 100}) {
    std::vector<torch::Tensor> pieces{running.push(x.slice(0, 0, 0))};
    for (const auto& part : x.split(piece)) pieces.push_back(running.push(part));
    EXPECT_TRUE(at::cat(pieces).equal(whole)) << piece;
    running.reset();
  }
}

}  // namespace
}  // namespace recur::this_file
