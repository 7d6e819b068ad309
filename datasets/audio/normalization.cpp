#include "datasets/audio/normalization.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros_like.h>

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "core/error.h"

namespace recur {
namespace {

using Json = nlohmann::ordered_json;

std::vector<double> numbers_of(const torch::Tensor& tensor) {
  const auto numbers = tensor.to(torch::kCPU, torch::kFloat64).contiguous();
  return {numbers.const_data_ptr<double>(), numbers.const_data_ptr<double>() + numbers.numel()};
}

/// [T, D] float64.  @param columns  D, or -1 if any will do
torch::Tensor checked(const torch::Tensor& features, int64_t columns, const char* who) {
  if (features.dim() == 2 && (columns < 0 || features.size(1) == columns)) return features.to(torch::kFloat64);
  throw ShapeError(fmt::format("{}: expected features [T, {}], got [{}]", who,
                               columns < 0 ? "D" : std::to_string(columns), fmt::join(features.sizes(), ", ")));
}

}  // namespace

std::string FeatureStatistics::to_json() const {
  return Json{{"frames", frames}, {"mean", numbers_of(mean)}, {"std", numbers_of(deviation)}}.dump();
}

FeatureStatistics FeatureStatistics::from_json(const std::string& text) {
  try {
    const auto json = Json::parse(text);
    const auto mean = json.at("mean").get<std::vector<double>>(), deviation = json.at("std").get<std::vector<double>>();
    const bool fits = !mean.empty() && mean.size() == deviation.size() &&
                      std::ranges::all_of(deviation, [](double d) { return d > 0; });
    if (!fits) throw CheckpointError("statistics of features: mean and std must be as many, and std more than 0");
    return {.mean = torch::tensor(mean, torch::kFloat64),
            .deviation = torch::tensor(deviation, torch::kFloat64),
            .frames = json.at("frames").get<int64_t>()};
  } catch (const Json::exception& error) {
    throw CheckpointError(fmt::format("statistics of features: {}", error.what()));
  }
}

void StatisticsAccumulator::add(const torch::Tensor& features) {
  const auto x = checked(features.detach(), mean_.defined() ? mean_.size(0) : -1, "statistics of features");
  if (x.size(0) == 0) return;
  const auto mean = x.mean(0), squares = (x - mean).square().sum(0);
  if (frames_ == 0) {
    mean_ = at::zeros_like(mean);
    squares_ = at::zeros_like(squares);
  }
  const auto before = static_cast<double>(frames_), added = static_cast<double>(x.size(0)), all = before + added;
  const auto distance = mean - mean_;
  mean_ = mean_ + distance * (added / all);
  squares_ = squares_ + squares + distance.square() * (before * added / all);
  frames_ += x.size(0);
}

FeatureStatistics StatisticsAccumulator::statistics() const {
  if (frames_ == 0) throw DataError("statistics of features: there is no frame to take them from");
  const auto deviation = (squares_ / static_cast<double>(frames_)).sqrt().clamp_min(kLeastDeviation);
  return {.mean = mean_, .deviation = deviation, .frames = frames_};
}

torch::Tensor normalise(const torch::Tensor& features, const FeatureStatistics& statistics) {
  const auto x = checked(features, statistics.mean.size(0), "normalise");
  return ((x - statistics.mean) / statistics.deviation).to(torch::kFloat);
}

torch::Tensor normalise_utterance(const torch::Tensor& features) {
  StatisticsAccumulator own;
  own.add(features);
  return own.frames() == 0 ? features.to(torch::kFloat) : normalise(features, own.statistics());
}

torch::Tensor normalise_running(const torch::Tensor& features, const FeatureStatistics& prior, double weight) {
  return RunningNormalization(prior, weight).push(features);
}

RunningNormalization::RunningNormalization(const FeatureStatistics& prior, double weight)
    : prior_(prior), weight_(weight) {
  if (!(weight > 0))
    throw ConfigError(fmt::format("running normalization: weight must be more than 0, got {}", weight));
  reset();
}

void RunningNormalization::reset() {
  frames_ = 0;
  sum_ = at::zeros_like(prior_.mean).unsqueeze(0);
  squares_ = (prior_.deviation.square() * weight_).unsqueeze(0);
}

torch::Tensor RunningNormalization::push(const torch::Tensor& features) {
  const int64_t T = features.size(0);
  const auto x = checked(features, prior_.mean.size(0), "running normalization") - prior_.mean;
  // What was before is the first row, so that additions happen in one order however frames are cut into pieces.
  const auto sums = at::cat({sum_, x}).cumsum(0), squares = at::cat({squares_, x.square()}).cumsum(0);
  const auto n = (at::arange(frames_ + 1, frames_ + T + 1, torch::kFloat64) + weight_).unsqueeze(1);
  const auto mean = sums.slice(0, 1) / n;
  const auto variance = squares.slice(0, 1) / n - mean.square();
  frames_ += T;
  sum_ = sums.slice(0, T).clone();
  squares_ = squares.slice(0, T).clone();
  return ((x - mean) / variance.clamp_min(kLeastDeviation * kLeastDeviation).sqrt()).to(torch::kFloat);
}

}  // namespace recur
