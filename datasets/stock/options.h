// What a config says about a stock data set: which rows, which features, what is forecast, and how the rows are split.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace recur {

/// Fractions of each ticker's rows, in order of time.  They add up to 1.
struct ChronologicalSplit {
  double train = 0.7;
  double validation = 0.1;
  double test = 0.2;
};

struct StockDataOptions {
  std::vector<std::string> files;  // empty: the built-in simulated series
  int64_t simulate_rows = 2000;
  std::vector<std::string> features = {"close"};
  int64_t window = 60;
  int64_t horizon = 1;
  std::string target = "return";
  ChronologicalSplit split;
  int64_t stride = 1;
};

}  // namespace recur
