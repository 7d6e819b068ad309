// Forecast metrics against numpy and scipy (tests/interop/_forecast_oracle.py prints the numbers) and by hand.
#include <cmath>

#include <ATen/ATen.h>

#include <gtest/gtest.h>

#include "core/error.h"
#include "trainers/metrics/diebold_mariano.h"
#include "trainers/metrics/forecast.h"
#include "trainers/metrics/forecast_interval.h"

namespace recur::this_file {
namespace {

torch::Tensor doubles(const std::vector<double>& values) {
  return at::tensor(values, at::kDouble);
}

/// 40 forecasts of three steps; the formulas are those of the Python script.
PriceForecast example() {
  const torch::Tensor i = at::arange(40, at::kDouble).unsqueeze(1), h = at::arange(1, 4, at::kDouble);
  const torch::Tensor last = 100 + 10 * (0.7 * i).sin() + 0.5 * i;
  return {.prediction = last + 0.9 * h * (1.3 * i + 0.9).cos() + 0.2,
          .target = last + h * (1.3 * i).cos() + 0.3 * (2.1 * i * h).sin(),
          .last = last.squeeze(1)};
}

void expect_metrics(const Metrics& got, const Metrics& expected) {
  for (const auto& [name, value] : expected) {
    ASSERT_TRUE(got.contains(name)) << name;
    EXPECT_NEAR(got.at(name), value, 1e-9 * std::abs(value)) << name;
  }
}

TEST(ForecastMetrics, OneStepAgreesWithNumpy) {
  const auto [prediction, target, last] = example();
  const Metrics got = forecast_metrics({prediction.narrow(1, 0, 1), target.narrow(1, 0, 1), last});
  expect_metrics(got, {{"rmse", 0.6494730108018398},
                       {"mae", 0.5568591814167956},
                       {"mape", 0.5101618885109527},
                       {"r2", 0.9949255588504813},
                       {"skill", 0.12997258140802193},
                       {"directional_accuracy", 0.7},
                       {"dm_statistic", -1.385502983370869},
                       {"dm_p_value", 0.1737718773266559}});
  EXPECT_EQ(got.size(), 8u);
}

TEST(ForecastMetrics, ThreeStepsAgreeWithNumpyTogetherAndEach) {
  expect_metrics(forecast_metrics(example()), {{"rmse", 1.289082635317428},
                                               {"mae", 1.0749919037866653},
                                               {"mape", 0.9792581944500356},
                                               {"r2", 0.9805089649305185},
                                               {"skill", 0.17266524465133282},
                                               {"directional_accuracy", 0.7},
                                               {"dm_statistic", -3.881728712720523},
                                               {"dm_p_value", 0.00038935822990067756},
                                               {"rmse_step1", 0.6494730108018398},
                                               {"dm_p_value_step1", 0.1737718773266559},
                                               {"rmse_step2", 1.2089283465967773},
                                               {"mae_step2", 1.0813753449300543},
                                               {"skill_step2", 0.16367860699484738},
                                               {"dm_p_value_step2", 0.0016862482886549188},
                                               {"rmse_step3", 1.761215257447411},
                                               {"directional_accuracy_step3", 0.7},
                                               {"dm_p_value_step3", 0.00023259643487773209}});
}

TEST(ForecastMetrics, CountsTiesAsDocumented) {
  // Moves: up, down, none, up.  Predicted: up, none (wrong), up (left out), down (wrong).
  const torch::Tensor last = doubles({10, 10, 10, 10});
  const torch::Tensor target = doubles({11, 9, 10, 12}).unsqueeze(1);
  const torch::Tensor prediction = doubles({12, 10, 11, 9}).unsqueeze(1);
  EXPECT_DOUBLE_EQ(forecast_metrics({prediction, target, last}).at("directional_accuracy"), 1.0 / 3);
  EXPECT_DOUBLE_EQ(majority_direction(target, last), 2.0 / 3);
  EXPECT_TRUE(std::isnan(majority_direction(last.unsqueeze(1), last)));
}

TEST(ForecastMetrics, PersistenceItselfHasNoSkillAndNoDifference) {
  const auto [prediction, target, last] = example();
  const Metrics got = forecast_metrics({last.unsqueeze(1).expand({40, 3}), target, last});
  EXPECT_EQ(got.at("skill"), 0);
  EXPECT_EQ(got.at("dm_p_value"), 1);
  EXPECT_EQ(got.at("dm_statistic"), 0);
  EXPECT_EQ(got.at("directional_accuracy"), 0);
}

TEST(ForecastMetrics, OtherShapesAreAShapeError) {
  EXPECT_THROW(forecast_metrics({at::ones({4, 2}), at::ones({4, 1}), at::ones({4})}), ShapeError);
  EXPECT_THROW(forecast_metrics({at::ones({4}), at::ones({4}), at::ones({4})}), ShapeError);
  EXPECT_THROW(forecast_metrics({at::ones({4, 1}), at::ones({4, 1}), at::ones({4, 1})}), ShapeError);
  EXPECT_THROW(forecast_metrics({at::ones({0, 1}), at::ones({0, 1}), at::ones({0})}), ShapeError);
}

TEST(DieboldMariano, AgreesWithScipy) {
  const torch::Tensor k = at::arange(60, at::kDouble);
  const torch::Tensor d = (0.3 * k).sin() + 0.35 + 0.5 * (2.9 * k * k).cos();
  const auto expect = [](const DieboldMariano& got, double statistic, double p_value) {
    EXPECT_NEAR(got.statistic, statistic, 1e-10);
    EXPECT_NEAR(got.p_value, p_value, 1e-10);
  };
  expect(diebold_mariano(d, 1), 2.3250486987234633, 0.02352887839325595);
  expect(diebold_mariano(d, 2), 1.4731723270968828, 0.14601987887483636);
  expect(diebold_mariano(d, 5), 0.9563813644229632, 0.34278208492439155);
  // The rectangular variance of this one is not positive.
  expect(diebold_mariano(doubles({1, -1, 1, -1, 1, -1, 1, -1, 1, -1.5}), 2), -0.3232634750642191, 0.7538802991970371);
}

TEST(DieboldMariano, HasNoAnswerForTooFewForecasts) {
  EXPECT_TRUE(std::isnan(diebold_mariano(doubles({1}), 1).p_value));
  EXPECT_TRUE(std::isnan(diebold_mariano(doubles({1, 2, 3}), 4).p_value));
  EXPECT_EQ(diebold_mariano(doubles({2, 2, 2}), 1).p_value, 0);  // always worse by the same: no doubt
}

TEST(DieboldMariano, RejectsAsOftenAsItSaysWhenForecastsAreEquallyGood) {
  auto generator = at::detail::createCPUGenerator(7);
  int rejected = 0;
  constexpr int kTrials = 2000;
  for (int trial = 0; trial < kTrials; ++trial) {
    rejected += diebold_mariano(at::randn({30}, generator, at::kDouble), 1).p_value < 0.05;
  }
  EXPECT_NEAR(rejected / static_cast<double>(kTrials), 0.05, 0.015);  // three standard errors
}

TEST(StudentT, AgreesWithScipy) {
  EXPECT_DOUBLE_EQ(student_t_two_sided(0, 5), 1);
  EXPECT_NEAR(student_t_two_sided(0.5, 1), 0.7048327646991335, 1e-14);
  EXPECT_NEAR(student_t_two_sided(2, 3), 0.13932596855884305, 1e-14);
  EXPECT_NEAR(student_t_two_sided(-2.5, 10), 0.03144684423660882, 1e-14);
  EXPECT_NEAR(student_t_two_sided(1.96, 251), 0.05110218806578609, 1e-13);
  EXPECT_NEAR(student_t_two_sided(8, 30), 6.265822475700759e-09, 1e-20);
  EXPECT_NEAR(student_t_two_sided(0.01, 1e4), 0.9920214868493558, 1e-10);
  EXPECT_EQ(student_t_two_sided(INFINITY, 9), 0);
}

TEST(ResidualQuantiles, AgreeWithNumpyAndScaleTheForecast) {
  const auto [prediction, target, last] = example();
  const auto quantiles = ResidualQuantiles::fit(prediction, target);
  const auto expect = [](const std::vector<double>& got, const std::vector<double>& expected) {
    EXPECT_TRUE(at::allclose(doubles(got), doubles(expected), 1e-10, 1e-13));
  };
  expect(quantiles.lower95, {-0.01157286689920273, -0.017314737473251678, -0.023872038275738947});
  expect(quantiles.lower80, {-0.009157939686118964, -0.015808298341956458, -0.021913109773407654});
  expect(quantiles.upper80, {0.005752466164016127, 0.012194471237047075, 0.019699058858751086});
  expect(quantiles.upper95, {0.008008152543819425, 0.013816296476013125, 0.022094014625468044});

  const auto interval = quantiles.around(prediction);
  EXPECT_TRUE(at::allclose(interval.upper95, prediction * doubles(quantiles.upper95).exp()));
  const auto share = [&](const torch::Tensor& low, const torch::Tensor& high) {
    return target.ge(low).logical_and(target.le(high)).to(at::kDouble).mean().item<double>();
  };
  EXPECT_NEAR(share(interval.lower95, interval.upper95), 0.95, 0.026);
  EXPECT_NEAR(share(interval.lower80, interval.upper80), 0.80, 0.026);
  EXPECT_EQ(quantiles.around(prediction[0]).lower80.sizes(), (std::vector<int64_t>{3}));
  EXPECT_THROW(quantiles.around(at::ones({5, 2})), ShapeError);
}

TEST(ResidualQuantiles, LeaveOutWhatHasNoLogarithm) {
  const torch::Tensor target = doubles({10, 10, 10}).unsqueeze(1);
  const auto quantiles = ResidualQuantiles::fit(doubles({-1, 5, 0}).unsqueeze(1), target);
  EXPECT_DOUBLE_EQ(quantiles.lower95[0], std::log(2.0));
  EXPECT_THROW(ResidualQuantiles::fit(-target, target), DataError);
}

TEST(ResidualQuantiles, JsonRoundTripKeepsEveryBit) {
  const auto [prediction, target, last] = example();
  const auto quantiles = ResidualQuantiles::fit(prediction, target);
  const auto read = ResidualQuantiles::from_json(quantiles.to_json());
  EXPECT_EQ(read.lower95, quantiles.lower95);
  EXPECT_EQ(read.upper80, quantiles.upper80);
  for (const char* bad : {"", "{", "[]", "{}", R"({"lower95":[1],"lower80":[1],"upper80":[1],"upper95":[1,2]})",
                          R"({"lower95":[],"lower80":[],"upper80":[],"upper95":[]})"}) {
    EXPECT_THROW(ResidualQuantiles::from_json(bad), CheckpointError) << bad;
  }
}

}  // namespace
}  // namespace recur::this_file
