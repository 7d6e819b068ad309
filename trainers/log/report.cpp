#include "trainers/log/report.h"

#include <algorithm>

#include <fmt/format.h>

#include "core/files.h"
#include "trainers/log/chart.h"
#include "trainers/log/curves.h"
#include "trainers/log/format.h"
#include "trainers/log/page.h"

namespace recur {
namespace {

void add_mark(Chart& chart, const Report& report) {
  if (report.best_step) chart.marks = {{static_cast<double>(*report.best_step), "best"}};
}

// The raw values stay as a pale line behind their average.
void add_smoothed(Chart& chart, const Curve& raw, const std::string& name) {
  chart.series.push_back({.x = raw.step, .y = raw.value, .style = LineStyle::kFaint, .colour = 0});
  chart.series.push_back({.name = name, .x = raw.step, .y = smoothed(raw), .colour = 0});
}

Chart loss_chart(const Report& report) {
  Chart chart{.title = "Loss", .x_label = "step", .width = 1040, .height = 340};
  const Curve raw = curve_of(report.history, "train/loss"), epochs = curve_of(report.history, "train/epoch_loss");
  const Curve validation = curve_of(report.history, "validation/loss");
  if (is_worth_smoothing("train/loss", raw)) {
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

Chart small_chart(const Report& report, const std::string& name) {
  const Curve curve = curve_of(report.history, name);
  const bool validation = name.starts_with("validation/"), planned = name.ends_with("learning_rate");
  Chart chart{.title = curve_title(name), .x_label = "step", .width = 520, .height = 250};
  if (is_worth_smoothing(name, curve)) {
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
  for (const std::string& name : curve_names(report.history)) {
    if (name == "train/loss" || name == "train/epoch_loss" || name == "validation/loss") continue;
    html += "<div>" + render_svg(small_chart(report, name), false) + "</div>\n";
  }
  return html.empty() ? "" : "<h2>Curves</h2>\n<div class=\"charts\">\n" + html + "</div>\n";
}

constexpr int kLongCell = 24, kShortName = 12;  // columns

// A long name may be parted behind its dots and underscores, e.g. on a phone.
std::string parted_name(const std::string& name) {
  if (display_width(name) <= kShortName || name.find(' ') != std::string::npos) return escape_html(name);
  std::string html;
  for (size_t from = 0, next = 0; from < name.size(); from = next) {
    next = std::min(name.size(), name.find_first_of("._", from)) + 1;
    html += escape_html(std::string_view(name).substr(from, next - from)) + (next < name.size() ? "<wbr>" : "");
  }
  return html;
}

std::string table_cell(const std::string& text, const char* element, bool first, bool right) {
  const char* css = right ? " class=\"number\"" : display_width(text) > kLongCell ? " class=\"long\"" : "";
  return fmt::format("<{0}{1}>{2}</{0}>", element, css, first ? parted_name(text) : escape_html(text));
}

}  // namespace

std::string html_table(const Table& table) {
  const std::vector<bool> right = table.right_aligned();
  const auto row = [&](const std::vector<std::string>& cells, const char* element) {
    std::string html = "<tr>";
    for (size_t i = 0; i < right.size(); ++i) {
      html += table_cell(i < cells.size() ? cells[i] : "", element, i == 0, right[i]);
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
  std::string body = html_heading(report.title, report.subtitle) + html_facts(report.facts);
  if (!report.metrics.empty()) {
    body += "<h2>Results on the " + escape_html(report.split) + " split</h2>\n";
    body += "<div class=\"results\">" + html_table(metrics_table(report.metrics, report.baselines)) + "</div>\n";
  }
  body += curves(report);
  for (const ReportSection& section : report.sections) {
    body += "<section>\n<h2>" + escape_html(section.title) + "</h2>\n" + section.html + "\n</section>\n";
  }
  if (!report.config_yaml.empty()) {
    body += "<h2>Config</h2>\n<details><summary>config.yaml, with every default</summary>\n<pre>" +
            escape_html(report.config_yaml) + "</pre></details>\n";
  }
  return html_page(report.title, body);
}

void write_report(const std::filesystem::path& path, const Report& report) {
  write_file_atomically(path, render_report(report));
}

}  // namespace recur
