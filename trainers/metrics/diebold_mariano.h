// Is one forecast better than another, or was it luck?
#pragma once

#include <cstdint>

#include <torch/types.h>

namespace recur {

struct DieboldMariano {
  double statistic = 0;
  double p_value = 1;
};

/// Are two forecasts equally good?  Diebold & Mariano 1995, "Comparing predictive accuracy", with the small-sample
/// correction and Student's t (N - 1 degrees of freedom) of Harvey, Leybourne & Newbold 1997, "Testing the equality of
/// prediction mean squared errors".  The long-run variance is the rectangular one with horizon - 1 lags; where that is
/// not positive, Bartlett weights (Newey & West 1987) replace it.
/// @param loss_difference  [N], in order of time: loss of the first forecast minus loss of the second.
/// @param horizon          steps ahead of both forecasts
/// @return p = 1 if the losses never differ; NaN for N < 2 or N < horizon.
DieboldMariano diebold_mariano(const torch::Tensor& loss_difference, int64_t horizon);

/// P(|t| > |x|) for Student's t with `degrees` degrees of freedom.
double student_t_two_sided(double x, double degrees);

}  // namespace recur
