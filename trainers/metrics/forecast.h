// How good a price forecast is: in price units, and against the forecast that nothing changes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

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
///   dm_p_value             Diebold-Mariano test against persistence, two-sided (see below)
///   dm_statistic           negative: the forecast's squared error is lower than persistence's
/// For H > 1 also "rmse_step1" ... "rmse_stepH", and likewise for mae, skill, directional_accuracy, dm_p_value.
/// @throws ShapeError
Metrics forecast_metrics(const PriceForecast& forecast);

/// The share of the more frequent direction among the moves: what guessing always up (or always down) would reach.
double majority_direction(const torch::Tensor& target, const torch::Tensor& last);

struct DieboldMariano {
  double statistic = 0;
  double p_value = 1;
};

/// Are two forecasts equally good?  Diebold & Mariano 1995, "Comparing predictive accuracy", with the small-sample
/// correction and Student's t (N - 1 degrees of freedom) of Harvey, Leybourne & Newbold 1997, "Testing the equality of
/// prediction mean squared errors".  The long-run variance is the rectangular one with horizon - 1 lags; where that is
/// not positive, Bartlett weights (Newey & West 1987) replace it.
/// @param loss_difference  [N], in order of time: loss of the first forecast minus loss of the second.
/// @return p = 1 if the losses never differ; NaN for N < 2 or N < horizon.
DieboldMariano diebold_mariano(const torch::Tensor& loss_difference, int64_t horizon);

/// P(|t| > |x|) for Student's t with `degrees` degrees of freedom.
double student_t_two_sided(double x, double degrees);

/// How far forecasts were off on the validation split, as log(target / prediction), and so how wide an interval around
/// a new forecast has to be.  One value for each of the H steps.  It assumes the errors to come are like those seen.
struct ResidualQuantiles {
  std::vector<double> lower95, lower80, upper80, upper95;  ///< [H]: quantiles 0.025, 0.10, 0.90, 0.975

  /// prediction, target [N, H], price units; pairs that are not both positive are left out.
  /// @throws DataError if a step has no pair left.
  static ResidualQuantiles fit(const torch::Tensor& prediction, const torch::Tensor& target);

  struct Interval {
    torch::Tensor lower95, lower80, upper80, upper95;  ///< shaped as the prediction, price units
  };
  /// prediction [..., H].
  Interval around(const torch::Tensor& prediction) const;

  std::string to_json() const;
  /// @throws CheckpointError
  static ResidualQuantiles from_json(const std::string& text);
};

}  // namespace recur
