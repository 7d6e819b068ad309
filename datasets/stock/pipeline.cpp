#include "datasets/stock/pipeline.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include <ATen/ATen.h>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "core/error.h"

namespace recur {
namespace {

/// Mean and (population) standard deviation; a column that does not vary keeps its scale of 1.
std::pair<double, double> mean_and_scale(const torch::Tensor& values) {
  const double mean = values.mean().item<double>();
  const double deviation = (values - mean).square().mean().sqrt().item<double>();
  return {mean, deviation > 1e-12 * std::max(1.0, std::abs(mean)) ? deviation : 1.0};
}

void fit_feature(StockFeature& feature, const std::vector<torch::Tensor>& training_rows, int64_t skip) {
  if (feature.kind == StockFeature::Kind::kCalendar) return;
  std::vector<torch::Tensor> values;
  for (const torch::Tensor& rows : training_rows) values.push_back(feature_values(feature, rows, skip)[0]);
  std::tie(feature.mean, feature.scale) = mean_and_scale(at::cat(values));
}

/// One-step differences (or log returns) of the close never cross from one table to the next.
void fit_target(StockTarget& target, const std::vector<torch::Tensor>& training_rows) {
  std::vector<torch::Tensor> values;
  for (const torch::Tensor& rows : training_rows) {
    const torch::Tensor close = rows.select(1, 0);
    switch (target.kind) {
      case StockTarget::Kind::kClose:
        values.push_back(close);
        break;
      case StockTarget::Kind::kResidual:
        values.push_back(close.diff());
        break;
      case StockTarget::Kind::kReturn:
        values.push_back(close.log().diff());
        break;
    }
  }
  const auto [mean, scale] = mean_and_scale(at::cat(values));
  target.mean = target.kind == StockTarget::Kind::kClose ? mean : 0.0;
  target.scale = scale;
}

}  // namespace

SplitEnds split_ends(int64_t rows, const ChronologicalSplit& split) {
  const auto n = static_cast<double>(rows);
  return {.train = std::llround(n * split.train), .validation = std::llround(n * (split.train + split.validation))};
}

StockPipeline StockPipeline::fit(const std::vector<PriceTable>& tables, const StockDataOptions& options) {
  if (tables.empty()) throw DataError("stock pipeline: no price table to fit on");
  if (options.features.empty()) throw ConfigError("features: the list is empty; expected at least one, e.g. [close]");
  if (!options.split.adds_up()) throw ConfigError("split: train, validation and test must add up to 1");
  StockPipeline pipeline;
  pipeline.window_ = options.window;
  pipeline.horizon_ = options.horizon;
  pipeline.target_.kind = StockTarget::parse_kind(options.target);
  for (const std::string& text : options.features) pipeline.features_.push_back(StockFeature::parse(text));
  pipeline.resolve_columns();

  const int64_t skip = pipeline.skipped_rows();
  std::vector<torch::Tensor> training_rows;
  for (const PriceTable& table : tables) {
    const int64_t count = split_ends(table.rows(), options.split).train;
    if (count < skip + 2) {
      throw DataError(fmt::format("{}: {} training rows are too few to fit a scale; at least {} are needed", table.name,
                                  count, skip + 2));
    }
    training_rows.push_back(pipeline.raw_rows(table).narrow(0, 0, count));
  }
  for (StockFeature& feature : pipeline.features_) fit_feature(feature, training_rows, skip);
  fit_target(pipeline.target_, training_rows);
  return pipeline;
}

/// Lists the raw columns that the features read, each once, the close first.
void StockPipeline::resolve_columns() {
  raw_columns_ = {"close"};
  for (StockFeature& feature : features_) {
    auto at = std::find(raw_columns_.begin(), raw_columns_.end(), feature.source);
    if (at == raw_columns_.end()) at = raw_columns_.insert(at, feature.source);
    feature.column = at - raw_columns_.begin();
  }
}

int64_t StockPipeline::feature_size() const {
  int64_t size = 0;
  for (const StockFeature& feature : features_) size += feature.width();
  return size;
}

int64_t StockPipeline::skipped_rows() const {
  return std::any_of(features_.begin(), features_.end(), [](const auto& f) { return f.needs_previous_row(); }) ? 1 : 0;
}

/// Who takes the logarithm of a raw column: "the feature log:volume", "the target return", or nobody ("").
std::string StockPipeline::logarithm_taker(int64_t column) const {
  for (const StockFeature& feature : features_) {
    const bool reads = feature.column == column || (feature.kind == StockFeature::Kind::kRelative && column == 0);
    if (feature.needs_positive() && reads) return "the feature " + feature.text;
  }
  return column == 0 && target_.kind == StockTarget::Kind::kReturn ? "the target return" : "";
}

torch::Tensor StockPipeline::raw_rows(const PriceTable& table) const {
  std::vector<torch::Tensor> columns;
  for (const std::string& name : raw_columns_) {
    const torch::Tensor column =
        is_calendar_column(name) ? calendar_column(name, table.times) : table.column(name).to(at::kDouble);
    const auto require = [&](const torch::Tensor& usable, const std::string& expected) {
      if (usable.all().item<bool>()) return;
      const int64_t row = usable.logical_not().nonzero()[0].item<int64_t>();
      throw DataError(fmt::format("{}: row {} of the column {} is {}; expected {}", table.name, row + 1, name,
                                  column[row].item<double>(), expected));
    };
    require(column.isfinite(), "a finite number");
    const std::string taker = logarithm_taker(static_cast<int64_t>(columns.size()));
    if (!taker.empty()) require(column > 0, "a positive number, for " + taker + " takes its logarithm");
    columns.push_back(column);
  }
  return at::stack(columns, 1);
}

torch::Tensor StockPipeline::features(const torch::Tensor& rows) const {
  const auto columns = static_cast<int64_t>(raw_columns_.size());
  const int64_t skip = skipped_rows();
  if (rows.dim() != 2 || rows.size(1) != columns || rows.size(0) <= skip) {
    throw ShapeError(fmt::format("stock pipeline: got rows of shape [{}], expected [T > {}, {}] with the columns {}",
                                 fmt::join(rows.sizes(), ", "), skip, columns, fmt::join(raw_columns_, ", ")));
  }
  std::vector<torch::Tensor> values;
  for (const StockFeature& feature : features_) {
    for (torch::Tensor& value : feature_values(feature, rows.to(at::kDouble), skip)) values.push_back(std::move(value));
  }
  return at::stack(values, 1);
}

torch::Tensor StockPipeline::encode_target(const torch::Tensor& prices, const torch::Tensor& last) const {
  return target_.encode(prices, last);
}

torch::Tensor StockPipeline::decode_target(const torch::Tensor& y, const torch::Tensor& last) const {
  return target_.decode(y, last);
}

std::string StockPipeline::to_json() const {
  nlohmann::json features = nlohmann::json::array();
  for (const StockFeature& f : features_) features.push_back({{"text", f.text}, {"mean", f.mean}, {"scale", f.scale}});
  return nlohmann::json{{"format", "recur stock pipeline 1"},
                        {"window", window_},
                        {"horizon", horizon_},
                        {"raw_columns", raw_columns_},
                        {"features", features},
                        {"target", {{"kind", target_.kind_name()}, {"mean", target_.mean}, {"scale", target_.scale}}}}
      .dump();
}

StockPipeline StockPipeline::from_json(const std::string& text) {
  StockPipeline pipeline;
  try {
    const auto json = nlohmann::json::parse(text);
    if (const auto format = json.at("format").get<std::string>(); format != "recur stock pipeline 1") {
      throw Error("the format is \"" + format + "\", expected \"recur stock pipeline 1\"");
    }
    pipeline.window_ = json.at("window").get<int64_t>();
    pipeline.horizon_ = json.at("horizon").get<int64_t>();
    if (pipeline.window_ < 1 || pipeline.horizon_ < 1) throw Error("window and horizon must be at least 1");
    for (const auto& entry : json.at("features")) {
      StockFeature feature = StockFeature::parse(entry.at("text").get<std::string>());
      feature.mean = entry.at("mean").get<double>();
      feature.scale = entry.at("scale").get<double>();
      pipeline.features_.push_back(feature);
    }
    if (pipeline.features_.empty()) throw Error("the list of features is empty");
    pipeline.resolve_columns();
    if (json.at("raw_columns").get<std::vector<std::string>>() != pipeline.raw_columns_) {
      throw Error("raw_columns do not belong to the features");
    }
    const auto& target = json.at("target");
    pipeline.target_ = {.kind = StockTarget::parse_kind(target.at("kind").get<std::string>()),
                        .mean = target.at("mean").get<double>(),
                        .scale = target.at("scale").get<double>()};
  } catch (const nlohmann::json::exception& e) {
    throw CheckpointError(std::string("stock pipeline: the JSON cannot be used: ") + e.what());
  } catch (const Error& e) {
    throw CheckpointError(std::string("stock pipeline: the JSON cannot be used: ") + e.what());
  }
  return pipeline;
}

std::string StockPipeline::torchscript() const {
  const int64_t skip = skipped_rows();
  std::string names = fmt::format("{}", fmt::join(raw_columns_, ", "));
  std::replace_if(
      names.begin(), names.end(), [](char c) { return c < ' ' || c > '~'; }, '?');  // stay in the comment
  std::string text = fmt::format(
      "def features(self, rows: Tensor) -> Tensor:\n"
      "    # rows [T, {0}] in raw units: {1}; returns [T - {2}, {3}]\n"
      "    assert rows.dim() == 2 and rows.size(1) == {0} and rows.size(0) > {2}\n"
      "    rows = rows.to(dtype=7)\n",  // 7 is float64: TorchScript compiled from C++ knows dtypes by number only
      raw_columns_.size(), names, skip, feature_size());
  std::string list;
  int64_t count = 0;
  for (const StockFeature& feature : features_) {
    for (const std::string& expression : feature_script(feature, skip)) {
      text += fmt::format("    x{} = {}\n", count, expression);
      list += fmt::format("{}x{}", count > 0 ? ", " : "", count);
      ++count;
    }
  }
  text += fmt::format("    return torch.stack([{}], dim=1)\n\n", list);
  text += fmt::format(
      "def decode(self, y: Tensor, last: Tensor) -> Tensor:\n"
      "    # y [..., {}] and the last known close [...] in raw units; returns prices\n"
      "    y = y.to(dtype=7)\n"
      "    last = last.to(dtype=7).unsqueeze(-1)\n"
      "    return {}\n",
      horizon_, target_.decode_script());
  return text;
}

}  // namespace recur
