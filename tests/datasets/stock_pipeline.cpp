// Features, targets and their inverses, against values worked out beside the code; and what is fitted on which rows.
#include <cmath>
#include <numbers>

#include <ATen/ATen.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "datasets/stock/pipeline.h"
#include "stock_tables.h"

namespace recur::this_file {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::vector<std::string> kEveryForm = {"close",         "log:volume",  "return:close", "return:volume",
                                             "relative:high", "day_of_week", "month",        "day_of_month"};

/// The message of the Error that `f` throws.
template <class E, class F>
std::string message_of(F&& f) {
  try {
    f();
  } catch (const E& e) {
    return e.what();
  }
  return "(nothing was thrown)";
}

double population_std(const torch::Tensor& values) {
  return values.std(/*unbiased=*/false).item<double>();
}

TEST(StockPipeline, StandardisesEachFormWithTheTrainingRows) {
  const PriceTable table = wandering_table(100);
  const auto pipeline = StockPipeline::fit({table}, {.features = kEveryForm});
  EXPECT_THAT(pipeline.raw_columns(), ElementsAre("close", "volume", "high", "day_of_week", "month", "day_of_month"));
  EXPECT_EQ(pipeline.feature_size(), 11);
  EXPECT_EQ(pipeline.context_rows(), 61);

  const torch::Tensor close = table.column("close"), volume = table.column("volume"), high = table.column("high");
  const auto now = [](const torch::Tensor& t) { return t.narrow(0, 1, 99); };
  const auto before = [](const torch::Tensor& t) { return t.narrow(0, 0, 99); };
  const std::vector<torch::Tensor> expected = {now(close), now(volume).log(), (now(close) / before(close)).log(),
                                               (now(volume) / before(volume)).log(), (now(high) / now(close)).log()};
  const torch::Tensor got = pipeline.features(pipeline.raw_rows(table));
  ASSERT_EQ(got.sizes(), (std::vector<int64_t>{99, 11}));
  for (size_t i = 0; i < expected.size(); ++i) {
    const torch::Tensor training = expected[i].narrow(0, 0, 69);  // 70 rows, the first of which has no features
    const torch::Tensor wanted = (expected[i] - training.mean()) / population_std(training);
    EXPECT_TRUE(at::allclose(got.select(1, static_cast<int64_t>(i)), wanted, 1e-12, 1e-12)) << kEveryForm[i];
  }
}

TEST(StockPipeline, PutsDatesOnACircle) {
  // 1970-01-01 was a Thursday: three days after Monday.
  const auto pipeline = StockPipeline::fit({make_table({{"close", at::arange(1, 11)}}, "T", 0)},
                                           {.features = {"day_of_week", "month", "day_of_month"}});
  const torch::Tensor raw = pipeline.raw_rows(make_table({{"close", at::arange(1, 11)}}, "T", 0));
  EXPECT_TRUE(at::equal(raw[0], doubles({1, 3, 1, 1})));
  const torch::Tensor got = pipeline.features(raw)[0];
  const auto angle = [](double value, double period) { return 2 * std::numbers::pi * value / period; };
  const torch::Tensor expected = doubles({std::sin(angle(3, 7)), std::cos(angle(3, 7)), std::sin(angle(1, 12)),
                                          std::cos(angle(1, 12)), std::sin(angle(1, 31)), std::cos(angle(1, 31))});
  EXPECT_TRUE(at::allclose(got, expected, 1e-14, 1e-14));
}

TEST(StockPipeline, ChangingRowsAfterTheTrainingPartChangesNothingFitted) {
  for (const char* target : {"close", "residual", "return"}) {
    const StockDataOptions options{.features = kEveryForm, .target = target};
    const PriceTable table = wandering_table(200);
    PriceTable other = wandering_table(200);
    other.values = table.values.clone();
    other.values.narrow(0, 140, 60).mul_(7.5);
    EXPECT_EQ(StockPipeline::fit({table}, options).to_json(), StockPipeline::fit({other}, options).to_json());

    other.values[139].mul_(7.5);  // the last training row
    EXPECT_NE(StockPipeline::fit({table}, options).to_json(), StockPipeline::fit({other}, options).to_json());
  }
}

TEST(StockPipeline, PoolsTickersWithoutAReturnFromOneToTheNext) {
  // Each ticker doubles every day; a step from the end of one to the start of the other would not be a doubling.
  const torch::Tensor doubling = at::pow(2.0, at::arange(10, at::kDouble));
  const auto pipeline =
      StockPipeline::fit({make_table({{"close", doubling}}, "A"), make_table({{"close", 1000 * doubling}}, "B")},
                         {.features = {"return:close"}, .target = "return"});
  EXPECT_NEAR(pipeline.stock_features()[0].mean, std::log(2.0), 1e-12);
  EXPECT_EQ(pipeline.stock_features()[0].scale, 1);  // nothing varies
  EXPECT_EQ(pipeline.target().scale, 1);
}

TEST(StockPipeline, EncodesTargetsAsDocumentedAndDecodesThemBack) {
  const PriceTable table =
      make_table({{"close", doubles({10, 12, 11, 13, 15, 14, 16, 99, 1, 50})}});  // 7 training rows
  const torch::Tensor training = table.column("close").narrow(0, 0, 7);
  const torch::Tensor prices = doubles({11, 12.5, 30, 28}).view({2, 2}), last = doubles({10, 33});
  const torch::Tensor from = last.unsqueeze(1);
  const auto check = [&](const std::string& target, const torch::Tensor& expected) {
    const auto pipeline = StockPipeline::fit({table}, {.horizon = 2, .target = target});
    const torch::Tensor y = pipeline.encode_target(prices, last);
    EXPECT_TRUE(at::allclose(y, expected, 1e-13, 1e-13)) << target;
    EXPECT_TRUE(at::allclose(pipeline.decode_target(y, last), prices, 1e-13, 1e-13)) << target;
  };
  check("close", (prices - training.mean()) / population_std(training));
  check("residual", (prices - from) / population_std(training.diff()));
  check("return", (prices / from).log() / population_std(training.log().diff()));
}

TEST(StockPipeline, JsonRoundTripKeepsEveryBit) {
  const PriceTable table = wandering_table(100);
  for (const char* target : {"close", "residual", "return"}) {
    const auto fitted =
        StockPipeline::fit({table}, {.features = kEveryForm, .window = 7, .horizon = 3, .target = target});
    const auto read = StockPipeline::from_json(fitted.to_json());
    EXPECT_EQ(read.to_json(), fitted.to_json());
    EXPECT_EQ(read.window(), 7);
    EXPECT_EQ(read.horizon(), 3);
    const torch::Tensor raw = fitted.raw_rows(table), last = doubles({100});
    EXPECT_TRUE(at::equal(read.features(read.raw_rows(table)), fitted.features(raw)));
    const torch::Tensor y = doubles({0.1, -0.2, 0.3}).view({1, 3});
    EXPECT_TRUE(at::equal(read.decode_target(y, last), fitted.decode_target(y, last)));
  }
}

TEST(StockPipeline, DamagedJsonIsACheckpointError) {
  const std::string good = StockPipeline::fit({wandering_table(100)}, {}).to_json();
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string text = good;
    return text.replace(text.find(from), from.size(), to);
  };
  for (const std::string& bad :
       {std::string(), good.substr(0, good.size() / 2), std::string("[1, 2]"), with("pipeline 1", "pipeline 9"),
        with("\"window\":60", "\"window\":\"x\""), with("\"window\":60", "\"window\":0"),
        with("\"scale\"", "\"sacle\""), with("[\"close\"]", "[\"open\"]"), with("\"return\"", "\"profit\""),
        with("\"text\":\"close\"", "\"text\":\"\"")}) {
    EXPECT_THAT(message_of<CheckpointError>([&] { StockPipeline::from_json(bad); }), HasSubstr("stock pipeline"))
        << bad;
  }
}

TEST(StockPipeline, SaysWhatIsWrongWithAFeature) {
  const PriceTable table = wandering_table(100);
  const auto fit = [&](const std::vector<std::string>& features) {
    return [&table, features] { StockPipeline::fit({table}, {.features = features}); };
  };
  EXPECT_THAT(message_of<ConfigError>(fit({})), HasSubstr("features: the list is empty"));
  EXPECT_THAT(message_of<ConfigError>(fit({"sqrt:close"})), HasSubstr("\"sqrt:close\" is not a feature"));
  EXPECT_THAT(message_of<ConfigError>(fit({"return:"})), HasSubstr("\"return:\" is not a feature"));
  EXPECT_THAT(message_of<ConfigError>(fit({"log:month"})), HasSubstr("\"log:month\" is not a feature"));
  EXPECT_THAT(message_of<DataError>(fit({"volum"})), HasSubstr("volume"));
  EXPECT_THAT(message_of<ConfigError>([&] { StockPipeline::fit({table}, {.target = "profit"}); }),
              HasSubstr("expected close, residual or return"));
  EXPECT_THAT(message_of<ConfigError>([&] {
                StockPipeline::fit({table}, {.split = {0.7, 0.2, 0.2}});
              }),
              HasSubstr("add up to 1"));
}

TEST(StockPipeline, NamesTheRowOfAValueThatHasNoLogarithm) {
  PriceTable table = wandering_table(100);
  table.values[41][2] = 0;  // volume
  EXPECT_NO_THROW(StockPipeline::fit({table}, {.features = {"volume"}}));
  EXPECT_THAT(message_of<DataError>([&] { StockPipeline::fit({table}, {.features = {"log:volume"}}); }),
              ::testing::AllOf(HasSubstr("WANDER: row 42 of the column volume is 0"), HasSubstr("log:volume")));
  table.values[90][1] = -37.63;  // crude oil, April 2020; a test row
  EXPECT_NO_THROW(StockPipeline::fit({table}, {.target = "residual"}));
  EXPECT_THAT(message_of<DataError>([&] { StockPipeline::fit({table}, {.target = "return"}); }),
              HasSubstr("row 91 of the column close is -37.63"));
  table.values[50][1] = NAN;
  EXPECT_THAT(message_of<DataError>([&] { StockPipeline::fit({table}, {.target = "close"}); }),
              HasSubstr("row 51 of the column close is nan; expected a finite number"));
}

TEST(StockPipeline, RowsOfAnotherShapeAreAShapeError) {
  const auto pipeline = StockPipeline::fit({wandering_table(100)}, {.features = {"return:close", "volume"}});
  EXPECT_THAT(message_of<ShapeError>([&] { pipeline.features(at::ones({5, 3})); }), HasSubstr("close, volume"));
  EXPECT_THAT(message_of<ShapeError>([&] { pipeline.features(at::ones({1, 2})); }), HasSubstr("expected [T > 1, 2]"));
  EXPECT_THAT(message_of<ShapeError>([&] { pipeline.features(at::ones({5})); }), HasSubstr("[5]"));
}

TEST(StockDataOptions, ReadsFromYamlAndHoldsTheSplitToOne) {
  const auto read = [](const std::string& text) {
    return read_options<StockDataOptions>(parse_config(text, "a.yaml"));
  };
  const auto options = read("features: [return:close, month]\nwindow: 30\nsplit: {train: 0.8, test: 0.1}\n");
  EXPECT_THAT(options.features, ElementsAre("return:close", "month"));
  EXPECT_EQ(options.window, 30);
  EXPECT_EQ(options.split.train, 0.8);
  EXPECT_THAT(message_of<ConfigError>([&] { read("split: {train: 0.9}\n"); }), HasSubstr("must add up to 1"));
  EXPECT_THAT(message_of<ConfigError>([&] { read("target: profit\n"); }), HasSubstr("a.yaml:1"));
}

}  // namespace
}  // namespace recur::this_file
