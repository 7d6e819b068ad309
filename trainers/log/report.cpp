#include "trainers/log/report.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>

#include <fmt/format.h>

#include "core/files.h"
#include "trainers/log/chart.h"

namespace recur {
namespace {

constexpr size_t kPointsWorthSmoothing = 30;
constexpr double kRatioWorthLog = 50;

constexpr std::string_view kPageCss = R"(
:root{color-scheme:light dark;--paper:#fff;--ink:#1f2328;--soft:#59636e;--line:#d8dee4;--card:#f6f8fa;--accent:#0072b2}
@media(prefers-color-scheme:dark){:root{--paper:#0d1117;--ink:#e6edf3;--soft:#9198a1;--line:#30363d;--card:#151b23;
--accent:#58a6e0}}
*{box-sizing:border-box}
body{margin:0 auto;padding:36px 24px 48px;max-width:1080px;background:var(--paper);color:var(--ink);
font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",sans-serif}
h1{margin:0;font-size:28px;line-height:1.25;overflow-wrap:anywhere}h2{margin:40px 0 12px;font-size:19px}
.subtitle{margin:6px 0 0;color:var(--soft);overflow-wrap:anywhere}
.facts{display:flex;flex-wrap:wrap;gap:10px;margin:22px 0 0;padding:0}
.facts div{padding:8px 14px;border:1px solid var(--line);border-radius:8px;background:var(--card)}
.facts dt{font-size:12px;color:var(--soft)}.facts dd{margin:0;font-weight:600;overflow-wrap:anywhere}
.charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,440px),1fr));gap:16px}
.charts .wide{grid-column:1/-1}
.charts>div{padding:10px 8px 4px;border:1px solid var(--line);border-radius:10px;min-width:0}
svg{display:block;width:100%;height:auto}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-variant-numeric:tabular-nums}
th,td{padding:6px 18px 6px 0;border-bottom:1px solid var(--line);text-align:left}
th{font-size:13px;font-weight:600;color:var(--soft)}.number{text-align:right}
tbody td:nth-child(2).number{font-weight:600}
details{border:1px solid var(--line);border-radius:10px}
summary{padding:10px 14px;cursor:pointer;color:var(--accent)}
pre{margin:0;padding:4px 14px 14px;overflow-x:auto;font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,"DejaVu Sans Mono",monospace}
footer{margin-top:44px;font-size:13px;color:var(--soft)}
@media print{body{max-width:none;padding:0}.charts>div,table{break-inside:avoid}}
)";

struct Curve {
  std::vector<double> step, value;
};

// The finite values of `name`, over steps.
Curve curve_of(const Report& report, const std::string& name) {
  Curve curve;
  for (const MetricsRow& row : report.history) {
    const auto found = row.values.find(name);
    if (found == row.values.end() || !std::isfinite(found->second)) continue;
    curve.step.push_back(static_cast<double>(row.step));
    curve.value.push_back(found->second);
  }
  return curve;
}

// A loss that falls by orders of magnitude is a flat line on a linear axis.
YAxis axis_for(const Chart& chart) {
  double low = INFINITY, high = 0;
  for (const ChartSeries& series : chart.series) {
    for (const double y : series.y) low = std::min(low, y), high = std::max(high, y);
  }
  return low > 0 && high / low > kRatioWorthLog ? YAxis::kLog : YAxis::kLinear;
}

// "validation/directional_accuracy" -> "directional accuracy".
std::string spoken(std::string name) {
  name = name.substr(name.find('/') == std::string::npos ? 0 : name.find('/') + 1);
  std::replace(name.begin(), name.end(), '_', ' ');
  return name;
}

void add_mark(Chart& chart, const Report& report) {
  if (report.best_step) chart.marks = {{static_cast<double>(*report.best_step), "best"}};
}

// What is measured at each step jumps about: it stays as a pale line behind its average.
void add_smoothed(Chart& chart, const Curve& raw, const std::string& name) {
  const double decay = 1 - 1 / std::clamp(static_cast<double>(raw.value.size()) / 40, 3.0, 50.0);
  chart.series.push_back({.x = raw.step, .y = raw.value, .style = LineStyle::kFaint, .colour = 0});
  chart.series.push_back({.name = name, .x = raw.step, .y = smooth(raw.value, decay), .colour = 0});
}

Chart loss_chart(const Report& report) {
  Chart chart{.title = "Loss", .x_label = "step", .width = 1040, .height = 340};
  const Curve raw = curve_of(report, "train/loss"), epochs = curve_of(report, "train/epoch_loss");
  const Curve validation = curve_of(report, "validation/loss");
  if (raw.value.size() >= kPointsWorthSmoothing) {
    add_smoothed(chart, raw, "training (moving average)");
  } else if (epochs.value.size() >= 2) {
    chart.series.push_back({.x = raw.step, .y = raw.value, .style = LineStyle::kFaint, .colour = 0});
    chart.series.push_back({.name = "training (mean of the epoch)", .x = epochs.step, .y = epochs.value, .colour = 0});
  } else if (!raw.value.empty()) {
    chart.series.push_back({.name = "training", .x = raw.step, .y = raw.value, .colour = 0});
  }
  if (!validation.value.empty()) {
    chart.series.push_back({.name = "validation", .x = validation.step, .y = validation.value, .colour = 1});
  }
  chart.y_axis = axis_for(chart);
  add_mark(chart, report);
  return chart;
}

// Validation metrics first, then learning rate and gradient norm, then what else there is.
std::vector<std::string> names_in_order(const Report& report) {
  std::set<std::string> all;
  for (const MetricsRow& row : report.history) {
    for (const auto& [name, value] : row.values) {
      if (std::isfinite(value)) all.insert(name);
    }
  }
  for (const char* drawn : {"train/loss", "train/epoch_loss", "validation/loss"}) all.erase(drawn);
  std::vector<std::string> names(all.begin(), all.end());
  const auto rank = [](const std::string& name) {
    return name.starts_with("validation/")   ? 0
           : name.ends_with("learning_rate") ? 1
           : name.ends_with("gradient_norm") ? 2
                                             : 3;
  };
  std::stable_sort(names.begin(), names.end(), [&](auto& a, auto& b) { return rank(a) < rank(b); });
  return names;
}

Chart small_chart(const Report& report, const std::string& name) {
  const Curve curve = curve_of(report, name);
  const bool validation = name.starts_with("validation/"), planned = name.ends_with("learning_rate");
  Chart chart{
      .title = (validation ? "validation " : "") + spoken(name), .x_label = "step", .width = 520, .height = 250};
  chart.title[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(chart.title[0])));
  if (!validation && !planned && curve.value.size() >= kPointsWorthSmoothing) {
    add_smoothed(chart, curve, "");
  } else {
    chart.series.push_back({.x = curve.step, .y = curve.value, .colour = validation ? 1 : 0});
  }
  if (!planned) chart.y_axis = axis_for(chart);
  if (validation) add_mark(chart, report);
  return chart;
}

std::string curves(const Report& report) {
  std::string html;
  if (const Chart chart = loss_chart(report); !chart.series.empty()) {
    html += "<div class=\"wide\">" + render_svg(chart, false) + "</div>\n";
  }
  for (const std::string& name : names_in_order(report)) {
    html += "<div>" + render_svg(small_chart(report, name), false) + "</div>\n";
  }
  return html.empty() ? "" : "<h2>Curves</h2>\n<div class=\"charts\">\n" + html + "</div>\n";
}

std::string header(const Report& report) {
  std::string html = "<h1>" + escape_html(report.title) + "</h1>\n";
  if (!report.subtitle.empty()) html += "<p class=\"subtitle\">" + escape_html(report.subtitle) + "</p>\n";
  if (report.facts.empty()) return html;
  html += "<dl class=\"facts\">\n";
  for (const auto& [name, value] : report.facts) {
    html += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", escape_html(name), escape_html(value));
  }
  return html + "</dl>\n";
}

}  // namespace

std::string html_table(const Table& table) {
  const std::vector<bool> right = table.right_aligned();
  const auto row = [&](const std::vector<std::string>& cells, const char* element) {
    std::string html = "<tr>";
    for (size_t i = 0; i < right.size(); ++i) {
      html += fmt::format("<{0}{1}>{2}</{0}>", element, right[i] ? " class=\"number\"" : "",
                          i < cells.size() ? escape_html(cells[i]) : "");
    }
    return html + "</tr>\n";
  };
  std::string html = "<div class=\"scroll\"><table>\n";
  if (!table.header.empty()) html += "<thead>" + row(table.header, "th") + "</thead>\n";
  html += "<tbody>\n";
  for (const auto& cells : table.rows) html += row(cells, "td");
  return html + "</tbody></table></div>\n";
}

std::string render_report(const Report& report) {
  std::string html = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n";
  html += "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n";
  html += "<title>" + escape_html(report.title) + "</title>\n";
  html += fmt::format("<style>{}{}</style>\n</head>\n<body>\n", kPageCss, chart_css());
  html += header(report);
  if (!report.metrics.empty()) {
    html += "<h2>Results on the " + escape_html(report.split) + " split</h2>\n";
    html += html_table(metrics_table(report.metrics, report.baselines));
  }
  html += curves(report);
  for (const ReportSection& section : report.sections) {
    html += "<section>\n<h2>" + escape_html(section.title) + "</h2>\n" + section.html + "\n</section>\n";
  }
  if (!report.config_yaml.empty()) {
    html += "<h2>Config</h2>\n<details><summary>config.yaml, with every default</summary>\n<pre>" +
            escape_html(report.config_yaml) + "</pre></details>\n";
  }
  return html + "<footer>Made by recur.</footer>\n</body>\n</html>\n";
}

void write_report(const std::filesystem::path& path, const Report& report) {
  write_file_atomically(path, render_report(report));
}

}  // namespace recur
