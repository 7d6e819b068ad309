// What comes after the last row of a price table.
#include <algorithm>

#include <ATen/ops/cat.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.h"
#include "datasets/stock/calendar.h"
#include "trainers/log/format.h"
#include "trainers/log/table.h"
#include "trainers/tasks/stock.h"

namespace recur {

using nlohmann::ordered_json;

ordered_json StockExperiment::predict(const PredictRequest& request) {
  const auto& files = request.inputs.empty() ? options_.data.files : request.inputs;
  ordered_json result = {{"task", "stock"}, {"forecasts", ordered_json::array()}};
  for (const auto& table : read_tables(files)) {
    result["forecasts"].push_back(predict_table(table, request.steps > 0 ? request.steps : pipeline_->horizon()));
  }
  return result;
}

ordered_json StockExperiment::predict_table(const PriceTable& table, int64_t steps) {
  const int64_t horizon = pipeline_->horizon(), context = pipeline_->context_rows();
  if (table.rows() < context) {
    throw DataError(
        fmt::format("{}: has {} rows, the model looks back on {}", table.report.source, table.rows(), context));
  }
  if (steps > horizon && pipeline_->raw_columns().size() > 1) {
    throw ConfigError(
        fmt::format("--steps {}: the model forecasts {} step{} at once, and going further by feeding its "
                    "forecasts back needs a model of the close alone; this one also reads {}",
                    steps, horizon, horizon == 1 ? "" : "s", pipeline_->raw_columns()[1]));
  }
  auto rows = pipeline_->raw_rows(table);
  rows = rows.narrow(0, rows.size(0) - context, context);
  ordered_json values = ordered_json::array();
  while (static_cast<int64_t>(values.size()) < steps) {
    const auto last = rows.select(1, 0)[-1];
    const auto x = pipeline_->features(rows).to(torch::kFloat32).unsqueeze(0);
    const auto prices = pipeline_->decode_target(run_model(x), last.reshape({1}))[0];
    const bool recursive = !values.empty();
    const auto interval = residuals_ && !recursive ? std::optional(residuals_->around(prices)) : std::nullopt;
    for (int64_t h = 0; h < horizon && static_cast<int64_t>(values.size()) < steps; ++h) {
      ordered_json value = {{"step", values.size() + 1},
                            {"close", prices[h].item<double>()},
                            {"kind", recursive ? "recursive" : "direct"}};
      if (interval) {
        value["lower80"] = interval->lower80[h].item<double>();
        value["upper80"] = interval->upper80[h].item<double>();
        value["lower95"] = interval->lower95[h].item<double>();
        value["upper95"] = interval->upper95[h].item<double>();
      }
      values.push_back(std::move(value));
    }
    if (static_cast<int64_t>(values.size()) < steps) {
      rows = at::cat({rows, prices.unsqueeze(1)}).narrow(0, horizon, context);  // one column: the close
    }
  }
  return {{"source", table.report.source},
          {"last_date", iso_date(table.times.back())},
          {"last_close", table.column("close")[-1].item<double>()},
          {"forecast", std::move(values)}};
}

std::vector<std::string> StockExperiment::step_texts(const std::string& /*part*/, int64_t steps,
                                                     const PredictRequest& request,
                                                     const ordered_json& /*prediction*/) {
  const auto times = read_tables(request.inputs.empty() ? options_.data.files : request.inputs).front().times;
  std::vector<std::string> dates;
  for (auto t = std::max<int64_t>(std::ssize(times) - steps, 0); t < std::ssize(times); ++t) {
    dates.push_back(iso_date(times[t]));
  }
  return dates;
}

std::string StockExperiment::prediction_text(const ordered_json& prediction, const TextStyle&) const {
  std::string text;
  for (const auto& forecast : prediction.at("forecasts")) {
    text += fmt::format("{}: last close {} on {}\n", forecast.at("source").get<std::string>(),
                        format_number(forecast.at("last_close").get<double>(), 6),
                        forecast.at("last_date").get<std::string>());
    Table table{.header = {"trading days ahead", "close", "80 % interval", "95 % interval", ""}};
    bool recursive = false;
    for (const auto& value : forecast.at("forecast")) {
      const auto interval = [&](const char* low, const char* high) -> std::string {
        if (!value.contains(low)) return "-";
        return fmt::format("{} .. {}", format_number(value.at(low).get<double>(), 6),
                           format_number(value.at(high).get<double>(), 6));
      };
      const bool fed_back = value.at("kind") == "recursive";
      recursive = recursive || fed_back;
      table.rows.push_back({std::to_string(value.at("step").get<int64_t>()),
                            format_number(value.at("close").get<double>(), 6), interval("lower80", "upper80"),
                            interval("lower95", "upper95"), fed_back ? "recursive" : "direct"});
    }
    text += table.to_string(true, 2);
    if (recursive) {
      text += "  recursive: made from the model's own earlier forecasts; no interval is known for these\n";
    }
  }
  return text + "  intervals: from the errors on the validation split\n";
}

}  // namespace recur
