// What a config says about a stock data set: which rows, which features, what is forecast, and how the rows are split.
#pragma once

#include <cmath>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "core/options.h"
#include "datasets/stock/read_prices.h"

namespace recur {

/// Shares of each ticker's rows, in order of time.
struct ChronologicalSplit {
  double train = 0.7;
  double validation = 0.1;
  double test = 0.2;

  bool adds_up() const { return std::abs(train + validation + test - 1) < 1e-9; }

  static constexpr auto fields() {
    using S = ChronologicalSplit;
    return std::tuple{
        field("train", &S::train, "share of the rows, the oldest", between(0.0, 1.0)),
        field("validation", &S::validation, "share of the rows after those", between(0.0, 1.0)),
        field("test", &S::test, "share of the rows, the newest", between(0.0, 1.0)),
    };
  }
  void check(ConfigCheck& check) const {
    check.require(adds_up(), "train", "train, validation and test must add up to 1");
    check.require(train > 0, "train", "must be more than 0");
  }
};

struct StockDataOptions {
  std::vector<std::string> files = {};
  PriceReadOptions read = {};
  int64_t simulate_rows = 2000;
  std::vector<std::string> features = {"close"};
  int64_t window = 60;
  int64_t horizon = 1;
  std::string target = "return";
  ChronologicalSplit split = {};
  int64_t stride = 1;

  static constexpr auto fields() {
    using S = StockDataOptions;
    return std::tuple{
        field("files", &S::files, "CSV files of prices, one a ticker; empty: a simulated series"),
        field("read", &S::read, "how to read the files where they do not say it themselves"),
        field("simulate_rows", &S::simulate_rows, "rows of the simulated series", at_least(10)),
        field("features", &S::features,
              "inputs: a column (close, volume, ...), log:COLUMN, return:COLUMN, relative:COLUMN, day_of_week, month, "
              "day_of_month",
              not_empty()),
        field("window", &S::window, "rows that a forecast looks back on", at_least(1)),
        field("horizon", &S::horizon, "rows that are forecast", at_least(1)),
        field("target", &S::target, "what is learned: the close, its difference from the last one, or its log return",
              one_of("close", "residual", "return")),
        field("split", &S::split, "training, validation and test rows"),
        field("stride", &S::stride, "rows between two training windows", at_least(1)),
    };
  }
};

}  // namespace recur
