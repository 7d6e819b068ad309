// The page of a comparison.
#include <algorithm>

#include <fmt/format.h>

#include "trainers/log/chart.h"
#include "trainers/log/comparison.h"
#include "trainers/log/comparison_tables.h"
#include "trainers/log/curves.h"
#include "trainers/log/format.h"
#include "trainers/log/page.h"
#include "trainers/log/report.h"

namespace recur {
namespace {

constexpr int kToldApart = 2 * kChartColours;  // each colour as a line and dashed

/// How run `i` is drawn; those that can no longer be told apart are pale.
ChartSeries series_of(int i) {
  const auto style = i < kChartColours ? LineStyle::kSolid : i < kToldApart ? LineStyle::kDashed : LineStyle::kFaint;
  return {.style = style, .colour = i < kToldApart ? i % kChartColours : kChartColours - 1};
}

/// One legend for all charts.
std::string legend(const Comparison& comparison) {
  std::string html = "<ul class=\"legend\">\n";
  for (size_t i = 0; i < comparison.runs.size(); ++i) {
    const auto series = series_of(static_cast<int>(i));
    const char* style = series.style == LineStyle::kDashed  ? " dashed"
                        : series.style == LineStyle::kFaint ? " faint"
                                                            : "";
    html += fmt::format(
        "<li><svg class=\"chart\" viewBox=\"0 0 24 10\"><path class=\"line c{}{}\" d=\"M1 5h22\"/></svg>{}</li>\n",
        series.colour, style, escape_html(comparison.runs[i].name));
  }
  return html + "</ul>\n";
}

Chart chart_of(const Comparison& comparison, const std::string& name) {
  Chart chart{.title = curve_title(name), .x_label = "step", .width = 520, .height = 280};
  if (name == "train/loss") chart.title = "Training loss";
  for (size_t i = 0; i < comparison.runs.size(); ++i) {
    const auto curve = curve_of(comparison.runs[i].history, name);
    auto series = series_of(static_cast<int>(i));
    series.x = curve.step;
    series.y = is_worth_smoothing(name, curve) ? smoothed(curve) : curve.value;
    if (!series.x.empty()) chart.series.push_back(std::move(series));
  }
  if (!name.ends_with("learning_rate")) chart.y_axis = axis_for(chart);
  return chart;
}

std::string curves(const Comparison& comparison) {
  std::vector<MetricsRow> all;
  for (const auto& run : comparison.runs) all.insert(all.end(), run.history.begin(), run.history.end());
  std::string html;
  for (const auto& name : curve_names(all)) {
    if (name == "train/epoch_loss") continue;
    html += "<div>" + render_svg(chart_of(comparison, name), false) + "</div>\n";
  }
  if (html.empty()) return "";
  return "<h2>Curves</h2>\n" + legend(comparison) + "<div class=\"charts\">\n" + html + "</div>\n";
}

}  // namespace

std::string render_comparison(const Comparison& comparison) {
  const auto title = fmt::format("{} runs of {}", comparison.runs.size(), comparison.task);
  std::string names;
  for (const auto& run : comparison.runs) names += (names.empty() ? "" : ", ") + run.name;
  std::string body = html_heading(title, names);
  body += "<h2>What differs in their configs</h2>\n";
  body += differing_values(comparison).empty() ? "<p>Nothing.</p>\n" : html_table(difference_table(comparison, 0));
  body += "<h2>" + escape_html(result_title(comparison)) + "</h2>\n" + html_table(result_table(comparison));
  body += best_runs(comparison).empty() ? "" : "<p class=\"subtitle\">* the best</p>\n";
  return html_page(title, body + curves(comparison));
}

}  // namespace recur
