// Stock forecasting: windows of a price table in, the next closes out.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "datasets/stock/windows.h"
#include "models/heads/forecaster.h"
#include "trainers/metrics/forecast.h"
#include "trainers/metrics/forecast_interval.h"
#include "trainers/tasks/experiment_of.h"

namespace recur {

using StockOptions = ExperimentOptions<StockDataOptions, ForecasterOptions>;

/// Trains on the mean squared error of the encoded target; measured in price units beside persistence, drift and a
/// linear autoregression on the same windows.
class StockExperiment : public ExperimentOf<StockOptions> {
 public:
  /// `from`: weights and pipeline to take up, or null: fit the pipeline on the data, draw the weights
  StockExperiment(StockOptions options, const Checkpoint* from);

  // What the fit loop asks (trainers/task.h).
  torch::nn::Module& model() override { return *model_; }
  int64_t start_epoch(int64_t epoch) override;
  torch::Tensor training_loss(int64_t index) override;
  int64_t batch_examples(int64_t index) const override;
  Metrics validate() override;
  std::string pipeline_json() const override;

  // What the verbs ask (trainers/experiment.h).
  std::vector<std::string> data_report() override;
  Evaluation evaluate(const std::string& split) override;
  std::vector<std::string> predict_options() const override { return {"--steps"}; }
  nlohmann::ordered_json predict(const PredictRequest& request) override;
  std::string prediction_text(const nlohmann::ordered_json& prediction, const TextStyle& style) const override;
  std::vector<std::string> step_texts(const std::string& part, int64_t steps, const PredictRequest& request,
                                      const nlohmann::ordered_json& prediction) override;
  std::vector<ReportSection> report_sections() override;

 private:
  TorchScriptExport make_export() override;
  void check_export(torch::jit::Module& loaded, TorchScriptExport& result) override;
  std::vector<PriceTable> read_tables(const std::vector<std::string>& files) const;
  StockDataset& dataset();
  /// What the model says of every window of a split, in price units.
  PriceForecast forecast(StockSplit split);
  /// x [N, window, D] -> encoded forecasts [N, horizon] float64 on the CPU; evaluation mode, without gradient.
  torch::Tensor run_model(const torch::Tensor& x);
  nlohmann::ordered_json predict_table(const PriceTable& table, int64_t steps);

  std::optional<StockDataset> dataset_;  // read when first needed: a forecast from a CSV does not need it
  std::optional<StockPipeline> pipeline_;
  std::optional<ResidualQuantiles> residuals_;  // of the last validation
  std::vector<std::string> read_lines_;
  Forecaster model_ = nullptr;
  torch::Tensor order_;  // of the planned epoch
};

TaskType stock_task();

}  // namespace recur
