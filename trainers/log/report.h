// report.html: a run on one page, in one file without scripts.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "trainers/log/metrics_log.h"

namespace recur {

/// A task's own part, e.g. a forecast or a table of translations.
struct ReportSection {
  std::string title;  ///< escaped
  std::string html;   ///< put in as it is: HTML or SVG made by render_svg(chart, false) and escape_html()
};

struct Report {
  std::string title;                                       ///< e.g. the run's name
  std::string subtitle;                                    ///< one sentence, e.g. what the task is
  std::vector<std::pair<std::string, std::string>> facts;  ///< e.g. {"parameters", "132,609"}, {"time", "1:02"}
  std::string config_yaml;                                 ///< shown folded
  std::vector<MetricsRow> history;                         ///< read_metrics(run / "metrics.jsonl")
  std::map<std::string, double> metrics;                   ///< final; empty: no table
  std::map<std::string, double> baselines;                 ///< "persistence_rmse" is set beside the metric "rmse"
  std::string split = "test";                              ///< what `metrics` were measured on
  std::vector<ReportSection> sections;
};

/// The page.  Curves: "NAME", "train/NAME" and "validation/NAME" of the history share one chart; loss comes first, then
/// the validation metrics, then learning rate, gradient norm and the rest.  A name that never has a finite value is
/// left out.
std::string render_report(const Report& report);

/// Writes the page, replacing an older one atomically.
void write_report(const std::filesystem::path& path, const Report& report);

}  // namespace recur
