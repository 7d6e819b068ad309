#include "trainers/tasks/stock.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/mse_loss.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "datasets/catalog.h"
#include "datasets/order.h"
#include "datasets/stock/read_prices.h"
#include "datasets/stock/simulate_prices.h"
#include "trainers/metrics/forecast_baselines.h"

namespace recur {
namespace {

/// The built-in series is one fixed series: another run's seed must not change the data.
constexpr int64_t kSimulationSeed = 1;
constexpr int64_t kWindowsAtOnce = 512;

StockSplit parse_split(const std::string& name) {
  if (name == "train") return StockSplit::kTrain;
  if (name == "validation") return StockSplit::kValidation;
  if (name == "test") return StockSplit::kTest;
  throw ConfigError(fmt::format("split: expected train, validation or test, got \"{}\"", name));
}

}  // namespace

StockExperiment::StockExperiment(StockOptions options, const Checkpoint* from) : ExperimentOf(std::move(options)) {
  if (from != nullptr) {
    const auto saved = nlohmann::json::parse(from->pipeline_json);
    pipeline_ = StockPipeline::from_json(saved.at("pipeline").dump());
    if (saved.contains("residuals")) residuals_ = ResidualQuantiles::from_json(saved.at("residuals").dump());
  } else {
    pipeline_ = dataset().pipeline();
  }
  model_ = Forecaster(pipeline_->feature_size(), pipeline_->horizon(), options_.model);
  if (from != nullptr) load_model_state(*model_, from->model, "checkpoint");
  model_->to(device_);
}

std::vector<PriceTable> StockExperiment::read_tables(const std::vector<std::string>& files) const {
  std::vector<PriceTable> tables;
  for (const auto& file : files) tables.push_back(read_prices(find_data_file(file), options_.data.read));
  if (files.empty()) tables.push_back(simulate_prices(options_.data.simulate_rows, kSimulationSeed));
  return tables;
}

StockDataset& StockExperiment::dataset() {
  if (!dataset_) {
    const auto tables = read_tables(options_.data.files);
    for (const auto& table : tables) read_lines_.push_back(table.report.to_line());
    if (pipeline_) {
      dataset_.emplace(tables, options_.data, *pipeline_);
    } else {
      dataset_.emplace(tables, options_.data);
    }
  }
  return *dataset_;
}

std::vector<std::string> StockExperiment::data_report() {
  const auto& data = dataset();
  auto lines = read_lines_;
  lines.push_back(fmt::format("windows of {} rows: {} train, {} validation, {} test", pipeline_->window(),
                              data.size(StockSplit::kTrain), data.size(StockSplit::kValidation),
                              data.size(StockSplit::kTest)));
  return lines;
}

int64_t StockExperiment::start_epoch(int64_t epoch) {
  order_ = epoch_order(dataset().size(StockSplit::kTrain), options_.seed, epoch);
  return static_cast<int64_t>(order_.split(options_.trainer.batch_size).size());
}

int64_t StockExperiment::batch_examples(int64_t index) const {
  return std::min(options_.trainer.batch_size, order_.size(0) - index * options_.trainer.batch_size);
}

torch::Tensor StockExperiment::training_loss(int64_t index) {
  const auto indices = order_.narrow(0, index * options_.trainer.batch_size, batch_examples(index));
  const auto batch = dataset().batch(StockSplit::kTrain, indices);
  return at::mse_loss(model_->forward(batch.x.to(device_)), batch.y.to(device_));
}

torch::Tensor StockExperiment::run_model(const torch::Tensor& x) {
  torch::NoGradGuard no_grad;
  model_->eval();
  std::vector<torch::Tensor> parts;
  for (const auto& part : x.split(kWindowsAtOnce)) {
    parts.push_back(model_->forward(part.to(device_)).to(torch::kCPU, torch::kFloat64));
  }
  return at::cat(parts);
}

PriceForecast StockExperiment::forecast(StockSplit split) {
  const auto windows = dataset().all(split);
  return {.prediction = pipeline_->decode_target(run_model(windows.x), windows.last_close),
          .target = windows.target_price,
          .last = windows.last_close};
}

Metrics StockExperiment::validate() {
  const auto result = forecast(StockSplit::kValidation);
  residuals_ = ResidualQuantiles::fit(result.prediction, result.target);
  const auto all = forecast_metrics(result);
  const auto encode = [&](const torch::Tensor& prices) { return pipeline_->encode_target(prices, result.last); };
  return {{"loss", at::mse_loss(encode(result.prediction), encode(result.target)).item<double>()},
          {"rmse", all.at("rmse")},
          {"skill", all.at("skill")}};
}

std::string StockExperiment::pipeline_json() const {
  nlohmann::ordered_json json;
  json["pipeline"] = nlohmann::ordered_json::parse(pipeline_->to_json());
  if (residuals_) json["residuals"] = nlohmann::ordered_json::parse(residuals_->to_json());
  return json.dump();
}

Evaluation StockExperiment::evaluate(const std::string& split_name) {
  const auto split = parse_split(split_name);
  auto& data = dataset();
  if (data.size(split) == 0) throw DataError(fmt::format("the {} split holds no window", split_name));
  const auto result = forecast(split);
  const auto windows_of = [&](StockSplit s) {
    const auto batch = data.all(s);
    return ForecastWindows{.x = batch.x, .y = batch.y, .last = batch.last_close, .target = batch.target_price};
  };
  const auto decode = [&](const torch::Tensor& y, const torch::Tensor& last) {
    return pipeline_->decode_target(y, last);
  };
  return {.split = split_name,
          .examples = data.size(split),
          .metrics = forecast_metrics(result),
          .baselines = forecast_baselines(windows_of(StockSplit::kTrain), windows_of(split), decode)};
}

TaskType stock_task() {
  return task_type<StockExperiment>("stock", "forecast the next closes of a price series");
}

}  // namespace recur
