// Price tables made by hand for the tests of the stock pipeline and its windows.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <ATen/ATen.h>

#include "datasets/stock/price_table.h"

namespace recur {

/// One row a day from `first_day` (days since 1970-01-01, a Thursday), with the columns given.
inline PriceTable make_table(const std::vector<std::pair<std::string, torch::Tensor>>& columns,
                             const std::string& name = "HAND", int64_t first_day = 18262) {
  PriceTable table;
  table.name = name;
  std::vector<torch::Tensor> values;
  for (const auto& [column, value] : columns) {
    table.columns.push_back(column);
    values.push_back(value.to(at::kDouble));
  }
  table.values = at::stack(values, 1);
  for (int64_t row = 0; row < table.values.size(0); ++row) table.times.push_back((first_day + row) * 86'400);
  table.report.source = name + ".csv";
  return table;
}

inline torch::Tensor doubles(const std::vector<double>& values) {
  return at::tensor(values, at::kDouble);
}

/// Positive prices and volumes that wander without a pattern; the same for the same seed.
inline PriceTable wandering_table(int64_t rows, int64_t seed = 1, const std::string& name = "WANDER") {
  auto generator = at::detail::createCPUGenerator(seed);
  const auto noise = [&](double scale) { return at::randn({rows}, generator, at::kDouble) * scale; };
  const torch::Tensor close = 100 * noise(0.02).cumsum(0).exp();
  return make_table({{"high", close * noise(0.01).abs().exp()}, {"close", close}, {"volume", 1e6 * noise(0.3).exp()}},
                    name);
}

}  // namespace recur
