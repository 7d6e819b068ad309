// report.html: a run on one page, in one file without scripts.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "trainers/log/metrics_log.h"
#include "trainers/log/table.h"

namespace recur {

/// A task's own part, e.g. a forecast or a table of translations.
struct ReportSection {
  std::string title = {};     ///< escaped
  std::string html = {};      ///< put in as it is: HTML or SVG made by render_svg(chart, false) and escape_html()
  std::string svg_name = {};  ///< the picture as a file of its own beside the report, e.g. "forecast.svg"; may be empty
  std::string svg = {};       ///< made by render_svg(chart)
};

struct Report {
  std::string title = {};                                       ///< e.g. the run's name
  std::string subtitle = {};                                    ///< one sentence, e.g. what the task is
  std::vector<std::pair<std::string, std::string>> facts = {};  ///< e.g. {"parameters", "132,609"}, {"time", "1:02"}
  std::string config_yaml = {};                                 ///< shown folded
  std::vector<MetricsRow> history = {};                         ///< read_metrics(run / "metrics.jsonl")
  std::optional<int64_t> best_step = {};                        ///< marked in the curves
  std::map<std::string, double> metrics = {};                   ///< final; empty: no table
  std::map<std::string, double> baselines = {};                 ///< "persistence_rmse" is set beside the metric "rmse"
  std::string split = "test";                                   ///< what `metrics` were measured on
  std::vector<ReportSection> sections = {};
};

/// The page.  The history's values are drawn over steps, each name in a chart of its own, "train/loss" and
/// "validation/loss" in one; loss comes first, then the other validation metrics, then the rest.  A name that never has
/// a finite value is left out.
std::string render_report(const Report& report);

/// A table for a section: cells escaped, numbers to the right.
std::string html_table(const Table& table);

/// Writes the page, replacing an older one atomically.
void write_report(const std::filesystem::path& path, const Report& report);

}  // namespace recur
