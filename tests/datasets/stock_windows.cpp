// Which rows are in which window, and which window in which split.
#include <cstdlib>
#include <filesystem>
#include <set>

#include <ATen/ATen.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "datasets/stock/read_prices.h"
#include "datasets/stock/windows.h"
#include "stock_tables.h"

namespace recur::this_file {
namespace {

using ::testing::HasSubstr;

constexpr std::array kSplits = {StockSplit::kTrain, StockSplit::kValidation, StockSplit::kTest};

/// Twelve rows with closes 10, 11, ... 21: the row of a price can be read from it.
PriceTable twelve_rows() {
  return make_table({{"close", at::arange(10, 22)}});
}

/// Undoes the standardisation of a single level feature.
torch::Tensor raw_inputs(const StockDataset& dataset, const StockBatch& batch) {
  const StockFeature& feature = dataset.pipeline().stock_features()[0];
  return (batch.x.select(2, 0).to(at::kDouble) * feature.scale + feature.mean).round();
}

TEST(StockDataset, TwelveRowsByHand) {
  // Training rows 0..5, validation 6..8, test 9..11.
  const StockDataset dataset({twelve_rows()}, {.window = 3, .horizon = 2, .split = {0.5, 0.25, 0.25}});
  const auto train = dataset.all(StockSplit::kTrain);
  EXPECT_TRUE(at::equal(raw_inputs(dataset, train), doubles({10, 11, 12, 11, 12, 13}).view({2, 3})));
  EXPECT_TRUE(at::equal(train.last_close, doubles({12, 13})));
  EXPECT_TRUE(at::equal(train.target_price, doubles({13, 14, 14, 15}).view({2, 2})));

  const auto validation = dataset.all(StockSplit::kValidation);
  EXPECT_TRUE(at::equal(raw_inputs(dataset, validation), doubles({13, 14, 15, 14, 15, 16}).view({2, 3})));
  EXPECT_TRUE(at::equal(validation.target_price, doubles({16, 17, 17, 18}).view({2, 2})));

  const auto test = dataset.all(StockSplit::kTest);
  EXPECT_TRUE(at::equal(raw_inputs(dataset, test), doubles({16, 17, 18, 17, 18, 19}).view({2, 3})));
  EXPECT_TRUE(at::equal(test.target_price, doubles({19, 20, 20, 21}).view({2, 2})));
  EXPECT_TRUE(at::equal(test.target_time, (at::tensor({9, 10, 10, 11}, at::kLong).view({2, 2}) + 18262) * 86'400));

  EXPECT_EQ(test.x.scalar_type(), at::kFloat);
  EXPECT_EQ(test.y.scalar_type(), at::kFloat);
  const torch::Tensor decoded = dataset.pipeline().decode_target(test.y, test.last_close);
  EXPECT_TRUE(at::allclose(decoded, test.target_price, 1e-6, 0));
}

TEST(StockDataset, AFeatureOfThePreviousRowCostsOneRowAndShiftsNothing) {
  const StockDataset plain({twelve_rows()}, {.window = 3, .split = {0.5, 0.25, 0.25}});
  const StockDataset lagged({twelve_rows()},
                            {.features = {"close", "return:close"}, .window = 3, .split = {0.5, 0.25, 0.25}});
  EXPECT_EQ(plain.size(StockSplit::kTrain), 3);
  EXPECT_EQ(lagged.size(StockSplit::kTrain), 2);
  for (const StockSplit split : {StockSplit::kValidation, StockSplit::kTest}) {
    EXPECT_TRUE(at::equal(raw_inputs(plain, plain.all(split)), raw_inputs(lagged, lagged.all(split))));
    EXPECT_TRUE(at::equal(plain.all(split).target_price, lagged.all(split).target_price));
    EXPECT_TRUE(at::equal(plain.all(split).target_time, lagged.all(split).target_time));
  }
}

TEST(StockDataset, NoTargetIsInTwoSplitsAndEveryTestRowIsForecastOnce) {
  const PriceTable table = wandering_table(503);
  for (const int64_t horizon : {1, 4}) {
    const StockDataset dataset({table}, {.window = 20, .horizon = horizon});
    std::map<StockSplit, std::set<int64_t>> times;
    for (const StockSplit split : kSplits) {
      const torch::Tensor target_time = dataset.all(split).target_time.flatten();
      for (int64_t i = 0; i < target_time.size(0); ++i) times[split].insert(target_time[i].item<int64_t>());
    }
    EXPECT_LT(*times[StockSplit::kTrain].rbegin(), *times[StockSplit::kValidation].begin());
    EXPECT_LT(*times[StockSplit::kValidation].rbegin(), *times[StockSplit::kTest].begin());
    // round(0.8 * 503) = 402: rows 402..502.
    EXPECT_EQ(times[StockSplit::kTest].size(), 101u);
    EXPECT_EQ(*times[StockSplit::kTest].begin(), table.times[402]);
    EXPECT_EQ(*times[StockSplit::kTest].rbegin(), table.times.back());
  }
}

TEST(StockDataset, TickersFollowOneAnotherAndShareNoWindow) {
  const StockDataset dataset({twelve_rows(), make_table({{"close", at::arange(110, 124)}}, "SECOND")},
                             {.window = 3, .split = {0.5, 0.25, 0.25}});
  EXPECT_THAT(dataset.tickers(), ::testing::ElementsAre("HAND", "SECOND"));
  for (const StockSplit split : kSplits) {
    const auto batch = dataset.all(split);
    const torch::Tensor expected = (batch.last_close > 100).to(at::kLong);
    EXPECT_TRUE(at::equal(batch.ticker, expected));
    EXPECT_EQ(batch.ticker.sum().item<int64_t>() > 0, true);
    const torch::Tensor steps = raw_inputs(dataset, batch).diff(1, 1);
    EXPECT_TRUE(at::equal(steps, at::ones_like(steps)));
    EXPECT_TRUE(at::equal(batch.target_price.squeeze(1), batch.last_close + 1));
  }
}

TEST(StockDataset, StrideThinsTheTrainingWindowsOnly) {
  const PriceTable table = wandering_table(200);
  const StockDataset every({table}, {.window = 10}), third({table}, {.window = 10, .stride = 3});
  EXPECT_EQ(every.size(StockSplit::kTrain), 130);
  EXPECT_EQ(third.size(StockSplit::kTrain), 44);
  EXPECT_EQ(third.size(StockSplit::kTest), every.size(StockSplit::kTest));
  const auto few = third.batch(StockSplit::kTrain, at::tensor({0, 1, 43}, at::kLong));
  const auto same = every.batch(StockSplit::kTrain, at::tensor({0, 3, 129}, at::kLong));
  EXPECT_TRUE(at::equal(few.x, same.x));
  EXPECT_TRUE(at::equal(few.y, same.y));
}

TEST(StockDataset, TooFewRowsSaysHowManyAreNeeded) {
  const auto message = [](int64_t rows) -> std::string {
    try {
      StockDataset({wandering_table(rows)}, {.features = {"return:close"}, .window = 20, .horizon = 5});
    } catch (const DataError& e) {
      return e.what();
    }
    return "";
  };
  // Validation is 10 %: of 42 rows it has five (round(33.6) - round(29.4)), of 41 rows four, and five are needed.
  EXPECT_THAT(message(30), HasSubstr("WANDER: 30 rows are too few for window 20, horizon 5"));
  EXPECT_THAT(message(41), HasSubstr("at least 42 are needed"));
  EXPECT_EQ(message(42), "");
}

TEST(StockDataset, AFittedPipelineIsUsedAsItIs) {
  const StockDataOptions options{.window = 10};
  const StockDataset first({wandering_table(200, 1)}, options);
  const StockDataset second({wandering_table(300, 2)}, options, first.pipeline());
  EXPECT_EQ(second.pipeline().to_json(), first.pipeline().to_json());
  EXPECT_NE(StockDataset({wandering_table(300, 2)}, options).pipeline().to_json(), first.pipeline().to_json());
}

TEST(StockDataset, ASplitOfNoRowsIsEmpty) {
  const StockDataset dataset({wandering_table(100)}, {.window = 10, .split = {0.8, 0.0, 0.2}});
  EXPECT_EQ(dataset.size(StockSplit::kValidation), 0);
  EXPECT_EQ(dataset.size(StockSplit::kTest), 20);
}

/// The share of test moves whose direction a least-squares fit on the training windows gets right.
double linear_directional_accuracy(const StockDataset& dataset) {
  const auto design = [](const StockBatch& batch) {
    const torch::Tensor flat = batch.x.flatten(1).to(at::kDouble);
    return at::cat({at::ones({flat.size(0), 1}, at::kDouble), flat}, 1);
  };
  const auto train = dataset.all(StockSplit::kTrain), test = dataset.all(StockSplit::kTest);
  const torch::Tensor weight =
      std::get<0>(at::linalg_lstsq(design(train), train.y.to(at::kDouble), std::nullopt, "gelsd"));
  const torch::Tensor move = test.target_price.squeeze(1) - test.last_close;
  return design(test).matmul(weight).squeeze(1).sign().eq(move.sign()).to(at::kDouble).mean().item<double>();
}

TEST(StockDataset, ADaysOwnValuesAreNotAmongTheInputsOfItsForecast) {
  // "move" is that very day's move, known when the day is over: whoever sees it on the day that is forecast is always
  // right.  The closes are a random walk, so that nothing else helps.
  constexpr int64_t kRows = 6000;
  const torch::Tensor close = wandering_table(kRows, 3).column("close");
  const torch::Tensor move = at::cat({at::zeros({1}, at::kDouble), close.log().diff()});
  const StockDataset honest({make_table({{"close", close}, {"move", move}})}, {.features = {"move"}, .window = 5});
  EXPECT_NEAR(linear_directional_accuracy(honest), 0.5, 0.04);  // 1,200 test rows: 2.8 standard errors

  // The same test sees a leak where there is one.
  const torch::Tensor tomorrow = at::cat({move.narrow(0, 1, kRows - 1), at::zeros({1}, at::kDouble)});
  const StockDataset leaking({make_table({{"close", close}, {"move", tomorrow}})}, {.features = {"move"}, .window = 5});
  EXPECT_GT(linear_directional_accuracy(leaking), 0.99);

  // And row by row: a column that holds the row's number shows which rows a window has.
  const StockDataset numbered({make_table({{"close", close}, {"row", at::arange(kRows)}})},
                              {.features = {"row"}, .window = 5});
  for (const StockSplit split : kSplits) {
    const auto batch = numbered.all(split);
    const torch::Tensor target_row = batch.target_time.select(1, 0) / 86'400 - 18262;
    const torch::Tensor expected = target_row.unsqueeze(1) + at::arange(-5, 0);
    EXPECT_TRUE(at::equal(raw_inputs(numbered, batch), expected.to(at::kDouble)));
  }
}

std::filesystem::path data_folder() {
  const char* set = std::getenv("RECUR_DATA");
  return set ? std::filesystem::path(set) : std::filesystem::path(RECUR_SOURCE_DIR) / "../shared/data";
}

TEST(StockDataset, PersistenceOnNetflixHasTheKnownErrors) {
  struct Known {
    const char* file;
    double rmse, mae;
  };
  for (const auto& [file, rmse, mae] : {Known{"NFLX_2018_2022.csv", 14.36, 8.54}, Known{"NFLX.csv", 12.45, 8.92}}) {
    const auto path = data_folder() / "stocks/yahoo" / file;
    if (!std::filesystem::exists(path)) GTEST_SKIP() << "no " << path << "; set RECUR_DATA to the folder of data sets";
    const auto test = StockDataset({read_prices(path)}, {}).all(StockSplit::kTest);
    const torch::Tensor error = test.target_price.squeeze(1) - test.last_close;
    EXPECT_EQ(error.size(0), 252);
    EXPECT_NEAR(error.square().mean().sqrt().item<double>(), rmse, 0.0051) << file;
    EXPECT_NEAR(error.abs().mean().item<double>(), mae, 0.0051) << file;
  }
}

}  // namespace
}  // namespace recur::this_file
