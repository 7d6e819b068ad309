#include "trainers/metrics/forecast_baselines.h"

#include <string>

#include <ATen/ATen.h>

#include "core/error.h"
#include "trainers/metrics/forecast.h"

namespace recur {
namespace {

/// [N, window, D] -> [N, 1 + window * D] float64, a column of ones first.
torch::Tensor design_matrix(const torch::Tensor& x) {
  const torch::Tensor flat = x.flatten(1).to(at::kCPU, at::kDouble);
  return at::cat({at::ones({flat.size(0), 1}, flat.options()), flat}, 1);
}

}  // namespace

torch::Tensor persistence_forecast(const torch::Tensor& last, int64_t horizon) {
  return last.unsqueeze(-1).expand({last.size(0), horizon});
}

DriftForecast DriftForecast::fit(const torch::Tensor& target, const torch::Tensor& last) {
  return {.change = (target.select(1, 0).to(at::kDouble) - last.to(at::kDouble)).mean().item<double>()};
}

torch::Tensor DriftForecast::forecast(const torch::Tensor& last, int64_t horizon) const {
  return last.to(at::kDouble).unsqueeze(-1) + change * at::arange(1, horizon + 1, last.options().dtype(at::kDouble));
}

LinearForecast LinearForecast::fit(const torch::Tensor& x, const torch::Tensor& y) {
  if (x.dim() != 3 || y.dim() != 2 || x.size(0) != y.size(0) || x.size(0) == 0) {
    throw ShapeError("linear forecast: expected x [N >= 1, window, D] and y [N, H]");
  }
  const torch::Tensor target = y.to(at::kCPU, at::kDouble);
  return {.weight = std::get<0>(at::linalg_lstsq(design_matrix(x), target, std::nullopt, "gelsd"))};
}

torch::Tensor LinearForecast::forecast(const torch::Tensor& x) const {
  return design_matrix(x).matmul(weight);
}

Metrics forecast_baselines(const ForecastWindows& training, const ForecastWindows& evaluation,
                           const std::function<torch::Tensor(const torch::Tensor&, const torch::Tensor&)>& decode) {
  const torch::Tensor& last = evaluation.last;
  const int64_t horizon = evaluation.target.size(1);
  const torch::Tensor linear = LinearForecast::fit(training.x, training.y).forecast(evaluation.x);

  Metrics metrics{{"majority_direction", majority_direction(evaluation.target, last)}};
  const auto measure = [&](const std::string& name, const torch::Tensor& prediction) {
    const Metrics all = forecast_metrics({.prediction = prediction, .target = evaluation.target, .last = last});
    for (const char* metric : {"rmse", "mae"}) metrics[name + "_" + metric] = all.at(metric);
    return all;
  };
  measure("persistence", persistence_forecast(last, horizon));
  measure("drift", DriftForecast::fit(training.target, training.last).forecast(last, horizon));
  metrics["linear_directional_accuracy"] = measure("linear", decode(linear, last)).at("directional_accuracy");
  return metrics;
}

}  // namespace recur
