#include "trainers/metrics/forecast_interval.h"

#include <array>

#include <ATen/ATen.h>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "core/error.h"

namespace recur {
namespace {

/// The fields of ResidualQuantiles: name, member and quantile, once.
struct Level {
  const char* name;
  std::vector<double> ResidualQuantiles::*values;
  double quantile;
};
constexpr std::array kLevels = {
    Level{"lower95", &ResidualQuantiles::lower95, 0.025}, Level{"lower80", &ResidualQuantiles::lower80, 0.10},
    Level{"upper80", &ResidualQuantiles::upper80, 0.90}, Level{"upper95", &ResidualQuantiles::upper95, 0.975}};

}  // namespace

ResidualQuantiles ResidualQuantiles::fit(const torch::Tensor& prediction, const torch::Tensor& target) {
  if (prediction.dim() != 2 || prediction.sizes() != target.sizes()) {
    throw ShapeError(fmt::format("forecast interval: got prediction [{}] and target [{}], expected both to be [N, H]",
                                 fmt::join(prediction.sizes(), ", "), fmt::join(target.sizes(), ", ")));
  }
  ResidualQuantiles result;
  for (int64_t step = 0; step < prediction.size(1); ++step) {
    const torch::Tensor p = prediction.select(1, step).to(at::kDouble), t = target.select(1, step).to(at::kDouble);
    const torch::Tensor ratio = (t / p).masked_select((p > 0).logical_and(t > 0));
    if (ratio.numel() == 0) {
      throw DataError(fmt::format(
          "forecast interval: none of the {} pairs of step {} has a positive forecast and a positive price; the "
          "interval is in log returns",
          p.numel(), step + 1));
    }
    for (const Level& level : kLevels) {
      (result.*level.values).push_back(at::quantile(ratio.log(), level.quantile).item<double>());
    }
  }
  return result;
}

ResidualQuantiles::Interval ResidualQuantiles::around(const torch::Tensor& prediction) const {
  const auto horizon = static_cast<int64_t>(lower95.size());
  if (prediction.dim() < 1 || prediction.size(-1) != horizon) {
    throw ShapeError(fmt::format("forecast interval: got a prediction [{}], expected [..., {}]",
                                 fmt::join(prediction.sizes(), ", "), horizon));
  }
  const auto times = [&](const std::vector<double>& log_ratio) {
    return prediction.to(at::kDouble) * at::tensor(log_ratio, at::kDouble).exp().to(prediction.device());
  };
  return {.lower95 = times(lower95), .lower80 = times(lower80), .upper80 = times(upper80), .upper95 = times(upper95)};
}

std::string ResidualQuantiles::to_json() const {
  nlohmann::json json;
  for (const Level& level : kLevels) json[level.name] = this->*level.values;
  return json.dump();
}

ResidualQuantiles ResidualQuantiles::from_json(const std::string& text) {
  ResidualQuantiles result;
  try {
    const auto json = nlohmann::json::parse(text);
    for (const Level& level : kLevels) result.*level.values = json.at(level.name).get<std::vector<double>>();
  } catch (const nlohmann::json::exception& e) {
    throw CheckpointError(std::string("forecast interval: the JSON cannot be used: ") + e.what());
  }
  for (const Level& level : kLevels) {
    if ((result.*level.values).size() != result.lower95.size() || result.lower95.empty()) {
      throw CheckpointError("forecast interval: the JSON cannot be used: the lists must be of one length, at least 1");
    }
  }
  return result;
}

}  // namespace recur
