// Forecasts that need no network.  A model that does not beat them has learned nothing of use.
#pragma once

#include <cstdint>
#include <functional>

#include <torch/types.h>

#include "trainers/task.h"

namespace recur {

/// [N, horizon]: the last price, repeated ("tomorrow = today").
torch::Tensor persistence_forecast(const torch::Tensor& last, int64_t horizon);

/// last + h * (mean one-step change of the training targets): the drift method (Hyndman & Athanasopoulos, "Forecasting:
/// Principles and Practice", 5.2).
struct DriftForecast {
  double change = 0;  ///< price units a step

  /// target [N, H] and last [N] of the training windows.
  static DriftForecast fit(const torch::Tensor& target, const torch::Tensor& last);
  /// [N, horizon].
  torch::Tensor forecast(const torch::Tensor& last, int64_t horizon) const;
};

/// Linear autoregression on exactly what the network gets: encoded target = bias + sum of weights times the window's
/// features.  Least squares in float64 by singular values (gelsd): where columns are dependent, the shortest solution.
struct LinearForecast {
  torch::Tensor weight;  ///< [1 + window * D, H] float64, the bias first

  /// x [N, window, D] and encoded targets y [N, H] of the training windows.
  static LinearForecast fit(const torch::Tensor& x, const torch::Tensor& y);
  /// x [N, window, D] -> encoded targets [N, H] float64.
  torch::Tensor forecast(const torch::Tensor& x) const;
};

/// The windows of one split.
struct ForecastWindows {
  torch::Tensor x;       ///< [N, window, D]
  torch::Tensor y;       ///< [N, H] encoded targets
  torch::Tensor last;    ///< [N] prices
  torch::Tensor target;  ///< [N, H] prices
};

/// Baselines fitted on `training`, measured on `evaluation`: {persistence,drift,linear}_{rmse,mae},
/// linear_directional_accuracy, majority_direction.
/// `decode` is the pipeline's: (encoded [N, H], last [N]) -> prices [N, H].
Metrics forecast_baselines(const ForecastWindows& training, const ForecastWindows& evaluation,
                           const std::function<torch::Tensor(const torch::Tensor&, const torch::Tensor&)>& decode);

}  // namespace recur
