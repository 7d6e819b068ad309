// What metrics.jsonl holds, as curves over steps.
#pragma once

#include <string>
#include <vector>

#include "trainers/log/chart.h"
#include "trainers/log/metrics_log.h"

namespace recur {

struct Curve {
  std::vector<double> step, value;  ///< one length; all finite
};

/// The finite values of `name`.
Curve curve_of(const std::vector<MetricsRow>& history, const std::string& name);

/// All names with a finite value, as they are shown: loss, the other validation metrics, learning rate, gradient norm,
/// what else there is.
std::vector<std::string> curve_names(const std::vector<MetricsRow>& history);

/// "validation/directional_accuracy" -> "Validation directional accuracy", "train/gradient_norm" -> "Gradient norm".
std::string curve_title(const std::string& name);

/// What is measured at each step jumps about and is shown by its average, what is planned or measured on a whole split
/// is not.
bool is_worth_smoothing(const std::string& name, const Curve& curve);

/// The average to show.
std::vector<double> smoothed(const Curve& curve);

/// A loss that falls by orders of magnitude would be a flat line on a linear axis.
YAxis axis_for(const Chart& chart);

}  // namespace recur
