#include <cmath>
#include <numbers>
#include <vector>

#include <ATen/ops/linalg_lstsq.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "datasets/stock/calendar.h"
#include "datasets/stock/simulate_prices.h"

namespace recur::this_file {
namespace {

TEST(SimulatePrices, IsTheSameAgainAndAnotherWithAnotherSeed) {
  const auto once = simulate_prices(500, 7), again = simulate_prices(500, 7), other = simulate_prices(500, 8);
  EXPECT_TRUE(once.values.equal(again.values));
  EXPECT_EQ(once.times, again.times);
  EXPECT_FALSE(once.values.equal(other.values));
  EXPECT_TRUE(simulate_prices(1000, 7).values.slice(0, 0, 500).equal(once.values)) << "more rows go on with the same";
}

// What another program computes from the equation in the header: plain Python with its own mt19937_64.
TEST(SimulatePrices, HasTheValuesOfTheEquation) {
  const auto table = simulate_prices(1000, 7);
  const auto row = [&](int64_t t) {
    const auto* first = table.values.const_data_ptr<double>() + 5 * t;
    return std::vector<double>(first, first + 5);
  };
  EXPECT_THAT(row(0), testing::ElementsAre(99.85, 99.93, 99.46, 99.75, 694'056));
  EXPECT_THAT(row(1), testing::ElementsAre(99.15, 99.24, 98.3, 98.82, 1'121'008));
  EXPECT_THAT(row(999), testing::ElementsAre(72.78, 72.8, 71.91, 72.03, 1'359'804));
  EXPECT_NEAR(table.column("close").sum().item<double>(), 92'574.41, 1e-6);
}

TEST(SimulatePrices, IsConsistentAsPricesAre) {
  for (const int64_t seed : {0, 1, 2, -5}) {
    const auto table = simulate_prices(3000, seed);
    EXPECT_THAT(table.columns, testing::ElementsAre("open", "high", "low", "close", "volume"));
    const auto open = table.column("open"), high = table.column("high"), low = table.column("low"),
               close = table.column("close");
    EXPECT_TRUE((low <= open).all().item<bool>());
    EXPECT_TRUE((low <= close).all().item<bool>());
    EXPECT_TRUE((high >= open).all().item<bool>());
    EXPECT_TRUE((high >= close).all().item<bool>());
    EXPECT_TRUE((low > 40).all().item<bool>());
    EXPECT_TRUE((high < 250).all().item<bool>());
    EXPECT_TRUE((table.column("volume") > 0).all().item<bool>());
    EXPECT_TRUE(table.values.isfinite().all().item<bool>());
  }
}

TEST(SimulatePrices, TradesOnBusinessDays) {
  const auto table = simulate_prices(600, 0);
  EXPECT_EQ(table.report.first_date, "2015-01-02");
  for (size_t i = 0; i < table.times.size(); ++i) {
    EXPECT_LT(day_of_week(table.times[i]), 5);
    if (i > 0) {
      EXPECT_EQ(table.times[i] - table.times[i - 1], (day_of_week(table.times[i]) == 0 ? 3 : 1) * kSecondsPerDay);
    }
  }
}

// A linear fit on the last twenty returns, on the first 70 % of the days, beats persistence on the rest.
TEST(SimulatePrices, HasSomethingToLearnAndNotTooMuch) {
  constexpr int64_t kRows = 2500, kLags = 20;
  for (const int64_t seed : {0, 1, 2}) {
    const auto price = simulate_prices(kRows, seed).column("close");
    const auto level = price.log();
    const auto change = level.diff();
    const auto windows = change.slice(0, 0, kRows - 2).unfold(0, kLags, 1);
    const auto count = windows.size(0);
    const auto x = torch::cat(
        {windows, level.slice(0, kLags, kLags + count).unsqueeze(1), torch::ones({count, 1}, torch::kFloat64)}, 1);
    const auto y = change.slice(0, kLags);
    const auto cut = count * 7 / 10;
    const auto fit = std::get<0>(at::linalg_lstsq(x.slice(0, 0, cut), y.slice(0, 0, cut).unsqueeze(1)));
    const auto today = price.slice(0, kLags + cut, kRows - 1), tomorrow = price.slice(0, kLags + cut + 1);
    const auto forecast = today * x.slice(0, cut).matmul(fit).squeeze(1).exp();
    const auto rmse = [&](const torch::Tensor& guess) {
      return (guess - tomorrow).square().mean().sqrt().item<double>();
    };
    const double skill = 1 - rmse(forecast) / rmse(today);
    EXPECT_GT(skill, 0.07) << "seed " << seed;
    EXPECT_LT(skill, 0.25) << "seed " << seed;
  }
}

TEST(SimulatePrices, RefusesTooFewRows) {
  EXPECT_THROW(simulate_prices(1, 0), ConfigError);
  EXPECT_THROW(simulate_prices(-3, 0), ConfigError);
  EXPECT_EQ(simulate_prices(2, 0).rows(), 2);
}

}  // namespace
}  // namespace recur::this_file
