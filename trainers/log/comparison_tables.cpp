#include "trainers/log/comparison_tables.h"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "trainers/log/format.h"

namespace recur {
namespace {

constexpr size_t kSideBySide = 4;  // more runs than this are rows
constexpr int kTerminalValue = 28;

/// A row for each run becomes a column for each run.
Table transposed(const Table& table) {
  Table turned;
  for (size_t k = 0; k < table.header.size(); ++k) {
    std::vector<std::string> row = {table.header[k]};
    for (const auto& cells : table.rows) row.push_back(cells[k]);
    (k == 0 ? turned.header : turned.rows.emplace_back()) = std::move(row);
  }
  return turned;
}

/// A table with a row for each run, begun with their names.
Table runs_table(const Comparison& comparison) {
  Table table{.header = {"run"}};
  for (const auto& run : comparison.runs) table.rows.push_back({run.name});
  return table;
}

template <class Cell>
void add_column(Table& table, const std::string& name, Cell cell_of) {
  table.header.push_back(name);
  for (size_t i = 0; i < table.rows.size(); ++i) table.rows[i].push_back(cell_of(i));
}

Table laid_out(Table table) {
  return table.rows.size() > kSideBySide ? std::move(table) : transposed(table);
}

int64_t steps_of(const ComparedRun& run) {
  if (run.record && run.record->result) return run.record->result->steps;
  return run.history.empty() ? 0 : run.history.back().step;
}

std::string time_of(const ComparedRun& run) {
  return run.record && run.record->result ? format_duration(run.record->result->seconds) : "-";
}

}  // namespace

Table difference_table(const Comparison& comparison, int width) {
  Table table = runs_table(comparison);
  for (const auto& [key, values] : differing_values(comparison)) {
    add_column(table, key, [&](size_t i) {
      const auto value = values[i].empty() ? "\"\"" : printable(values[i]);
      return width > 0 ? fit_width(value, width) : value;
    });
  }
  return laid_out(std::move(table));
}

Table result_table(const Comparison& comparison) {
  const auto& runs = comparison.runs;
  Table table = runs_table(comparison);
  std::set<std::string> names;
  for (const auto& run : runs) {
    for (const auto& item : run.metrics) names.insert(item.first);
  }
  const auto best = best_runs(comparison);
  for (const auto& name : names) {
    add_column(table, name, [&](size_t i) {
      const auto found = runs[i].metrics.find(name);
      const auto marked = best.find(name);
      const bool is_best = marked != best.end() && std::ranges::count(marked->second, i) > 0;
      return found == runs[i].metrics.end() ? "-" : format_number(found->second) + (is_best ? " *" : "");
    });
  }
  if (!same_examples(comparison)) {
    add_column(table, "split", [&](size_t i) { return runs[i].split.empty() ? "-" : runs[i].split; });
    add_column(table, "examples", [&](size_t i) { return format_count(runs[i].examples); });
  }
  add_column(table, "parameters",
             [&](size_t i) { return runs[i].record ? format_count(runs[i].record->parameters) : "-"; });
  add_column(table, "steps", [&](size_t i) { return format_count(steps_of(runs[i])); });
  add_column(table, "time", [&](size_t i) { return time_of(runs[i]); });
  return laid_out(std::move(table));
}

std::string result_title(const Comparison& comparison) {
  const auto measured = std::ranges::find_if(comparison.runs, [](const auto& run) { return !run.split.empty(); });
  if (measured == comparison.runs.end()) return "Results: none yet";
  return same_examples(comparison)
             ? fmt::format("Results on the {} split, {} examples", measured->split, format_count(measured->examples))
             : "Results, measured on different examples";
}

std::string comparison_text(const Comparison& comparison) {
  const auto differences = difference_table(comparison, kTerminalValue);
  const bool alike = differing_values(comparison).empty();
  return fmt::format("{} runs of {}\n\n{}\n{}\n{}{}{}", comparison.runs.size(), comparison.task,
                     alike ? "Their configs say the same." : "What differs in their configs",
                     alike ? "" : differences.to_string(true, 2), result_title(comparison) + "\n",
                     result_table(comparison).to_string(true, 2),
                     best_runs(comparison).empty() ? "" : "  * the best\n");
}

}  // namespace recur
