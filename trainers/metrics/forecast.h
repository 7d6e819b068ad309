// How good a price forecast is: in price units, and against the forecast that nothing changes.
#pragma once

#include <torch/types.h>

#include "trainers/task.h"

namespace recur {

/// Forecasts and what came: prediction and target [N, H], last [N] (the last known price), all in price units.  The N
/// forecasts are in order of time.
struct PriceForecast {
  torch::Tensor prediction;
  torch::Tensor target;
  torch::Tensor last;
};

/// Over all N x H values:
///   rmse, mae              price units
///   mape                   mean of |error / target|, percent
///   r2                     1 - SSE / SST about the targets' mean; NaN if all targets are equal
///   skill                  1 - rmse / rmse of persistence: > 0 beats "tomorrow = today"; NaN if persistence is exact
///   directional_accuracy   share of the moves (target != last) whose sign the prediction has.  A target without a
///                          move is left out; a prediction without a move is wrong.  NaN if nothing moved
///   dm_p_value             Diebold-Mariano test against persistence, two-sided (diebold_mariano.h)
///   dm_statistic           negative: the forecast's squared error is lower than persistence's
/// For H > 1 also "rmse_step1" ... "rmse_stepH", and likewise for mae, skill, directional_accuracy, dm_p_value.
/// The test takes the N forecasts as one series.  With several tickers one after the other it knows nothing of what
/// moves them together, and p is too small.
/// @throws ShapeError
Metrics forecast_metrics(const PriceForecast& forecast);

/// The share of the more frequent direction among the moves: what guessing always up (or always down) would reach.
double majority_direction(const torch::Tensor& target, const torch::Tensor& last);

}  // namespace recur
