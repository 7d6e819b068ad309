#include "trainers/log/curves.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <set>

namespace recur {
namespace {

constexpr size_t kPointsWorthSmoothing = 30;
constexpr double kRatioWorthLog = 50;

int rank(const std::string& name) {
  return name.ends_with("/loss") || name.ends_with("/epoch_loss") ? 0
         : name.starts_with("validation/")                        ? 1
         : name.ends_with("learning_rate")                        ? 2
         : name.ends_with("gradient_norm")                        ? 3
                                                                  : 4;
}

}  // namespace

Curve curve_of(const std::vector<MetricsRow>& history, const std::string& name) {
  Curve curve;
  for (const MetricsRow& row : history) {
    const auto found = row.values.find(name);
    if (found == row.values.end() || !std::isfinite(found->second)) continue;
    curve.step.push_back(static_cast<double>(row.step));
    curve.value.push_back(found->second);
  }
  return curve;
}

std::vector<std::string> curve_names(const std::vector<MetricsRow>& history) {
  std::set<std::string> all;
  for (const MetricsRow& row : history) {
    for (const auto& [name, value] : row.values) {
      if (std::isfinite(value)) all.insert(name);
    }
  }
  std::vector<std::string> names(all.begin(), all.end());
  std::ranges::stable_sort(names, {}, rank);
  return names;
}

std::string curve_title(const std::string& name) {
  const bool validation = name.starts_with("validation/");
  const size_t slash = name.find('/');
  std::string title = (validation ? "validation " : "") + (slash == std::string::npos ? name : name.substr(slash + 1));
  std::ranges::replace(title, '_', ' ');
  if (!title.empty()) title[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(title[0])));
  return title;
}

bool is_worth_smoothing(const std::string& name, const Curve& curve) {
  return !name.starts_with("validation/") && !name.ends_with("learning_rate") &&
         curve.value.size() >= kPointsWorthSmoothing;
}

std::vector<double> smoothed(const Curve& curve) {
  return smooth(curve.value, 1 - 1 / std::clamp(static_cast<double>(curve.value.size()) / 40, 3.0, 50.0));
}

YAxis axis_for(const Chart& chart) {
  double low = INFINITY, high = 0;
  for (const ChartSeries& series : chart.series) {
    for (const double y : series.y) low = std::min(low, y), high = std::max(high, y);
  }
  return low > 0 && high / low > kRatioWorthLog ? YAxis::kLog : YAxis::kLinear;
}

}  // namespace recur
