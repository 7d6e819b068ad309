// An interval around a price forecast, from how far forecasts were off before.
#pragma once

#include <string>
#include <vector>

#include <torch/types.h>

namespace recur {

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
