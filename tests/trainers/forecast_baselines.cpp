// The baselines against numpy.linalg.lstsq (tests/interop/_forecast_oracle.py prints the numbers) and by hand.
#include "trainers/metrics/forecast_baselines.h"

#include <cmath>

#include <ATen/ATen.h>

#include <gtest/gtest.h>

#include "core/error.h"
#include "datasets/stock/windows.h"

namespace recur::this_file {
namespace {

torch::Tensor doubles(const std::vector<double>& values) {
  return at::tensor(values, at::kDouble);
}

/// 20 windows of three rows with two features, and two targets; the formulas are those of the Python script.
std::pair<torch::Tensor, torch::Tensor> windows() {
  const torch::Tensor i = at::arange(20, at::kDouble);
  const torch::Tensor n = i.view({20, 1, 1}), w = at::arange(3, at::kDouble).view({1, 3, 1});
  const torch::Tensor f = at::arange(2, at::kDouble);
  const torch::Tensor x = (0.9 * (n + 2 * w + 5 * f)).sin() + 0.2 * (0.05 * n.square() * (1 + w + 3 * f)).cos();
  return {x, at::stack({(1.7 * i).cos(), (0.3 * i.square()).sin()}, 1)};
}

TEST(LinearForecast, AgreesWithNumpy) {
  const auto [x, y] = windows();
  const auto linear = LinearForecast::fit(x, y);
  const torch::Tensor expected =
      doubles({0.11737257609269007, 0.005506172093892863, -0.347151558938143, 0.004476008776392648, 0.7166382775244263,
               -0.12222145398057739, 2.217479084858583, 2.2068220597906905, -0.5047054527441002, 0.1183928989850611,
               -0.9547391212440982, 0.2123816176494898, -1.8261791573285124, -1.851913550803651})
          .view({7, 2});
  EXPECT_TRUE(at::allclose(linear.weight, expected, 1e-9, 1e-10));
  const torch::Tensor residual = y - linear.forecast(x);
  EXPECT_TRUE(at::allclose(x.flatten(1).t().matmul(residual), at::zeros({6, 2}, at::kDouble), 0, 1e-10));
}

TEST(LinearForecast, TakesTheShortestSolutionWhereFeaturesAreDependent) {
  auto [x, y] = windows();
  x.select(2, 1).copy_(2 * x.select(2, 0));
  const torch::Tensor expected =
      doubles({0.07009399541258456, -0.034797606549247684, -0.030486210250034285, 0.08785547767489943,
               -0.06097242050006862, 0.17571095534979853, 0.02361771692781259, 0.12272131876073764,
               0.047235433855625196, 0.24544263752147533, -0.014344634486841097, 0.08082960959896152,
               -0.028689268973682198, 0.161659219197923})
          .view({7, 2});
  EXPECT_TRUE(at::allclose(LinearForecast::fit(x, y).weight, expected, 1e-9, 1e-10));
}

TEST(LinearForecast, OtherShapesAreAShapeError) {
  EXPECT_THROW(LinearForecast::fit(at::ones({5, 3}), at::ones({5, 1})), ShapeError);
  EXPECT_THROW(LinearForecast::fit(at::ones({5, 3, 1}), at::ones({4, 1})), ShapeError);
  EXPECT_THROW(LinearForecast::fit(at::ones({0, 3, 1}), at::ones({0, 1})), ShapeError);
}

TEST(DriftForecast, ExtrapolatesTheMeanTrainingStep) {
  // Changes of the first step: +1, +3, -1.
  const auto drift = DriftForecast::fit(doubles({11, 99, 23, 99, 29, 99}).view({3, 2}), doubles({10, 20, 30}));
  EXPECT_DOUBLE_EQ(drift.change, 1);
  EXPECT_TRUE(at::equal(drift.forecast(doubles({50, 60}), 3), doubles({51, 52, 53, 61, 62, 63}).view({2, 3})));
}

TEST(PersistenceForecast, RepeatsTheLastPrice) {
  EXPECT_TRUE(at::equal(persistence_forecast(doubles({5, 7}), 2), doubles({5, 5, 7, 7}).view({2, 2})));
}

/// A series that a line through the last two closes forecasts exactly, and the others do not.
TEST(ForecastBaselines, MeasuresEachOnTheEvaluationWindows) {
  const torch::Tensor close = 100 + 10 * (0.4 * at::arange(120, at::kDouble)).sin();
  PriceTable table;
  table.name = "SINE";
  table.columns = {"close"};
  table.values = close.unsqueeze(1);
  for (int64_t day = 0; day < 120; ++day) table.times.push_back(day * 86'400);
  const StockDataset dataset({table}, {.window = 4, .target = "residual"});
  const auto windows_of = [&](StockSplit split) {
    const auto all = dataset.all(split);
    return ForecastWindows{.x = all.x, .y = all.y, .last = all.last_close, .target = all.target_price};
  };
  const auto train = windows_of(StockSplit::kTrain), test = windows_of(StockSplit::kTest);
  const auto decode = [&](const torch::Tensor& y, const torch::Tensor& last) {
    return dataset.pipeline().decode_target(y, last);
  };
  const Metrics got = forecast_baselines(train, test, decode);

  const torch::Tensor move = close.narrow(0, 96, 24) - close.narrow(0, 95, 24);
  EXPECT_NEAR(got.at("persistence_rmse"), move.square().mean().sqrt().item<double>(), 1e-12);
  EXPECT_NEAR(got.at("persistence_mae"), move.abs().mean().item<double>(), 1e-12);
  const double change = (close[83] - close[3]).item<double>() / 80;  // training rows 0..83, the first target is row 4
  EXPECT_NEAR(got.at("drift_rmse"), (move - change).square().mean().sqrt().item<double>(), 1e-12);
  EXPECT_NEAR(got.at("drift_mae"), (move - change).abs().mean().item<double>(), 1e-12);
  EXPECT_LT(got.at("linear_rmse"), 1e-3);  // the inputs are float32
  EXPECT_LT(got.at("linear_mae"), 1e-3);
  EXPECT_EQ(got.at("linear_directional_accuracy"), 1);
  const double up = move.gt(0).to(at::kDouble).mean().item<double>();
  EXPECT_NEAR(got.at("majority_direction"), std::max(up, 1 - up), 1e-12);
}

TEST(ForecastBaselines, NothingOfTheEvaluationWindowsIsFitted) {
  const auto [x, y] = windows();
  const torch::Tensor last = at::full({20}, 50.0, at::kDouble);
  const ForecastWindows training{.x = x, .y = y, .last = last, .target = 50 + y};
  // The forecasts of the first windows do not change with what the others turn out to be.
  const auto forecasts = [&](double shift) {
    std::vector<torch::Tensor> decoded;
    ForecastWindows evaluation{.x = x, .y = y + shift, .last = last, .target = 50 + y + shift};
    forecast_baselines(training, evaluation, [&](const torch::Tensor& encoded, const torch::Tensor& from) {
      decoded.push_back(encoded);
      return from.unsqueeze(1) + encoded;
    });
    return decoded.at(0);
  };
  EXPECT_TRUE(at::equal(forecasts(0), forecasts(1000)));
}

}  // namespace
}  // namespace recur::this_file
