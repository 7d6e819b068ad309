// The forecast's part of report.html.
#include <fmt/format.h>

#include "datasets/stock/calendar.h"
#include "trainers/log/chart.h"
#include "trainers/tasks/stock.h"

namespace recur {
namespace {

constexpr int64_t kShownRows = 120;

std::vector<double> to_vector(const torch::Tensor& values) {
  const auto flat = values.to(torch::kFloat64).contiguous().view(-1);
  return {flat.data_ptr<double>(), flat.data_ptr<double>() + flat.numel()};
}

}  // namespace

std::vector<ReportSection> StockExperiment::report_sections() {
  const auto windows = dataset().all(StockSplit::kTest);
  const auto result = forecast(StockSplit::kTest);
  // One ticker, its last rows, one step ahead.
  const auto of_last_ticker = windows.ticker.eq(windows.ticker[-1]).nonzero().view(-1);
  const auto shown = of_last_ticker.slice(0, std::max<int64_t>(0, of_last_ticker.size(0) - kShownRows));
  const auto first_step = [&](const torch::Tensor& t) { return t.index_select(0, shown).select(1, 0); };
  const auto days = to_vector(first_step(windows.target_time).to(torch::kFloat64) / kSecondsPerDay);
  const auto prediction = first_step(result.prediction);

  const auto& ticker = dataset().tickers().at(windows.ticker[-1].item<int64_t>());
  Chart chart{.title = fmt::format("{}: close and the forecast made one trading day before", ticker),
              .y_label = "price",
              .x_axis = XAxis::kDate};
  if (residuals_) {
    const auto interval = residuals_->around(result.prediction.index_select(0, shown));
    chart.bands.push_back({.name = "95 % interval",
                           .x = days,
                           .low = to_vector(interval.lower95.select(1, 0)),
                           .high = to_vector(interval.upper95.select(1, 0))});
  }
  chart.series.push_back({.name = "forecast", .x = days, .y = to_vector(prediction)});
  chart.series.push_back({.name = "close", .x = days, .y = to_vector(first_step(result.target))});
  Chart on_page = chart;  // as wide as the page, so that its texts are as large as other charts'
  on_page.width = 1040, on_page.height = 380;
  return {{.title = "Forecast on the test split",
           .html = "<div class=\"charts\"><div class=\"wide\">" + render_svg(on_page, /*standalone=*/false) +
                   "</div></div>",
           .svg_name = "forecast.svg",
           .svg = render_svg(chart)}};
}

}  // namespace recur
