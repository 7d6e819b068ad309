#include "trainers/metrics/forecast.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include <ATen/ATen.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "trainers/metrics/diebold_mariano.h"

namespace recur {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

void check_shapes(const torch::Tensor& prediction, const torch::Tensor& target) {
  if (prediction.dim() != 2 || prediction.sizes() != target.sizes() || prediction.numel() == 0) {
    throw ShapeError(fmt::format("forecast: got prediction [{}] and target [{}], expected both to be [N >= 1, H >= 1]",
                                 fmt::join(prediction.sizes(), ", "), fmt::join(target.sizes(), ", ")));
  }
}

double average(const torch::Tensor& values) {
  return values.mean().item<double>();
}

double directional_accuracy(const torch::Tensor& predicted_move, const torch::Tensor& move) {
  const torch::Tensor moved = move != 0;
  const torch::Tensor right = moved.logical_and(predicted_move.sign() == move.sign());
  return right.sum().item<double>() / moved.sum().item<double>();  // 0 / 0 is NaN, as documented
}

/// The metrics of forecasts whose squared errors overlap over `horizon` steps.  All arguments but the last [N, K].
Metrics measure(const torch::Tensor& prediction, const torch::Tensor& target, const torch::Tensor& last,
                int64_t horizon) {
  const torch::Tensor error = prediction - target;
  const torch::Tensor move = target - last;  // also the error of persistence
  const double mse = average(error.square());
  const double persistence_mse = average(move.square());
  const double variance = average((target - target.mean()).square());
  // A forecast of several steps has one loss: the mean over its steps.
  const auto dm = diebold_mariano((error.square() - move.square()).mean(1), horizon);
  return {{"rmse", std::sqrt(mse)},
          {"mae", average(error.abs())},
          {"mape", 100 * average((error / target).abs())},
          {"r2", variance > 0 ? 1 - mse / variance : kNaN},
          {"skill", persistence_mse > 0 ? 1 - std::sqrt(mse / persistence_mse) : kNaN},
          {"directional_accuracy", directional_accuracy(prediction - last, move)},
          {"dm_statistic", dm.statistic},
          {"dm_p_value", dm.p_value}};
}

}  // namespace

Metrics forecast_metrics(const PriceForecast& forecast) {
  check_shapes(forecast.prediction, forecast.target);
  const int64_t n = forecast.prediction.size(0), horizon = forecast.prediction.size(1);
  if (forecast.last.dim() != 1 || forecast.last.size(0) != n) {
    throw ShapeError(fmt::format("forecast: got last [{}], expected [{}]", fmt::join(forecast.last.sizes(), ", "), n));
  }
  const torch::Tensor prediction = forecast.prediction.to(at::kDouble), target = forecast.target.to(at::kDouble);
  const torch::Tensor last = forecast.last.to(at::kDouble).unsqueeze(1);
  Metrics metrics = measure(prediction, target, last, horizon);
  for (int64_t step = 1; horizon > 1 && step <= horizon; ++step) {
    const Metrics at_step = measure(prediction.narrow(1, step - 1, 1), target.narrow(1, step - 1, 1), last, step);
    for (const char* name : {"rmse", "mae", "skill", "directional_accuracy", "dm_p_value"}) {
      metrics[fmt::format("{}_step{}", name, step)] = at_step.at(name);
    }
  }
  return metrics;
}

double majority_direction(const torch::Tensor& target, const torch::Tensor& last) {
  const torch::Tensor move = target.to(at::kDouble) - last.to(at::kDouble).unsqueeze(-1);
  const double up = (move > 0).sum().item<double>(), down = (move < 0).sum().item<double>();
  return std::max(up, down) / (up + down);
}

}  // namespace recur
