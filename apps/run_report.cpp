#include "apps/run_report.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/files.h"
#include "trainers/catalog.h"
#include "trainers/log/format.h"
#include "trainers/log/report.h"
#include "trainers/log/run_record.h"

namespace recur::apps {
namespace {

using Facts = std::vector<std::pair<std::string, std::string>>;

/// The step whose weights are the best, as the training loop chose them.
std::optional<int64_t> best_step(const std::vector<MetricsRow>& history, const Monitor& monitor) {
  std::optional<int64_t> step;
  double best = 0;
  for (const auto& row : history) {
    const auto found = row.values.find("validation/" + monitor.metric);
    if (found == row.values.end() || std::isnan(found->second)) continue;
    const bool better = monitor.lower_is_better ? found->second < best : found->second > best;
    if (!step || better) step = row.step, best = found->second;
  }
  return step;
}

Facts facts_of(const std::optional<RunRecord>& record, const std::vector<MetricsRow>& history) {
  Facts facts;
  if (record) facts = result_facts(*record);
  if (record && record->result) return facts;
  // Still trained: as far as the log says.
  const auto& last = history.empty() ? MetricsRow{} : history.back();
  facts.push_back({"epoch", format_count(last.epoch + 1)});
  facts.push_back({"steps", format_count(last.step)});
  return facts;
}

Table environment_table(const RunRecord& record) {
  Table table;
  for (const auto& [name, value] : environment_facts(record)) table.rows.push_back({name, value});
  return table;
}

}  // namespace

WrittenReport write_run_report(const RunFolder& run, const std::filesystem::path& output) {
  const auto experiment = open_run(run);
  WrittenReport written{.evaluation = experiment->evaluate(experiment->measured_split()),
                        .sections = experiment->report_sections()};
  const auto& evaluation = written.evaluation;
  const auto options = experiment->run_options();
  const auto record = read_run_record(run.record());
  const auto history = read_metrics(run.history());
  auto facts = facts_of(record, history);
  facts.push_back({"seed", std::to_string(options.seed)});
  auto sections = written.sections;
  for (const auto& section : sections) {
    if (!section.svg_name.empty()) write_file_atomically(output.parent_path() / section.svg_name, section.svg);
  }
  if (record) sections.push_back({.title = "Environment", .html = html_table(environment_table(*record))});
  write_report(output, {.title = options.name,
                        .subtitle = std::ranges::find(all_tasks(), options.task, &TaskType::name)->title,
                        .facts = std::move(facts),
                        .config_yaml = experiment->config_yaml(),
                        .history = history,
                        .best_step = best_step(history, experiment->monitor()),
                        .metrics = evaluation.metrics,
                        .baselines = evaluation.baselines,
                        .split = evaluation.split,
                        .sections = std::move(sections)});
  return written;
}

}  // namespace recur::apps
