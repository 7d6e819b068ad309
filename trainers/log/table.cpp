#include "trainers/log/table.h"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "trainers/log/format.h"

namespace recur {
namespace {

// "1,259", "-0.5", "1.5e-7", "87.5 %", "14.20 *" (marked), "43 s", "1:02:03", "nan", "-" and nothing.
bool reads_as_number(std::string_view cell) {
  if (cell.empty() || cell == "-" || cell == "nan" || cell == "inf" || cell == "-inf") return true;
  const bool has_digit = cell.find_first_of("0123456789") != std::string_view::npos;
  return has_digit && cell.find_first_not_of("0123456789.,:+-eds% *") == std::string_view::npos &&
         std::string_view("eds").find(cell.front()) == std::string_view::npos;
}

struct Column {
  int width = 0;
  bool right = true;
};

std::string_view cell_at(const std::vector<std::string>& row, size_t column) {
  return column < row.size() ? std::string_view(row[column]) : std::string_view();
}

std::vector<Column> measure(const Table& table) {
  std::vector<Column> columns(table.header.size());
  for (const auto& row : table.rows) columns.resize(std::max(columns.size(), row.size()));
  for (size_t i = 0; i < columns.size(); ++i) {
    columns[i].width = display_width(cell_at(table.header, i));
    for (const auto& row : table.rows) {
      columns[i].width = std::max(columns[i].width, display_width(cell_at(row, i)));
      columns[i].right = columns[i].right && reads_as_number(cell_at(row, i));
    }
  }
  return columns;
}

std::string line(const std::vector<Column>& columns, const std::vector<std::string>& row, int indent) {
  std::string text(static_cast<size_t>(indent), ' ');
  for (size_t i = 0; i < columns.size(); ++i) {
    const std::string_view cell = cell_at(row, i);
    const std::string padding(static_cast<size_t>(columns[i].width - display_width(cell)), ' ');
    if (i > 0) text += "  ";
    text += columns[i].right ? padding + std::string(cell) : std::string(cell) + padding;
  }
  text.erase(text.find_last_not_of(' ') + 1);
  return text + '\n';
}

// The metric that `baseline` is a value of: the longest that its name ends with, after an underscore.
std::string metric_of(const std::string& baseline, const std::map<std::string, double>& metrics) {
  std::string found;
  for (const auto& [name, value] : metrics) {
    if (baseline.ends_with("_" + name) && name.size() > found.size()) found = name;
  }
  return found;
}

}  // namespace

std::vector<bool> Table::right_aligned() const {
  std::vector<bool> right;
  for (const Column& column : measure(*this)) right.push_back(column.right);
  return right;
}

std::string Table::to_string(bool unicode, int indent) const {
  const std::vector<Column> columns = measure(*this);
  std::string text;
  if (!header.empty()) {
    std::vector<std::string> rule(columns.size());
    for (size_t i = 0; i < columns.size(); ++i) {
      for (int k = 0; k < columns[i].width; ++k) rule[i] += unicode ? "─" : "-";
    }
    text += line(columns, header, indent) + line(columns, rule, indent);
  }
  for (const auto& row : rows) text += line(columns, row, indent);
  return text;
}

Table metrics_table(const std::map<std::string, double>& metrics, const std::map<std::string, double>& baselines) {
  std::map<std::string, std::map<std::string, double>> by_column;  // column -> metric -> value
  std::map<std::string, double> rows = metrics;
  for (const auto& [name, value] : baselines) {
    const std::string metric = metric_of(name, metrics);
    if (metric.empty()) rows.emplace(name, value);
    by_column[metric.empty() ? "baseline" : name.substr(0, name.size() - metric.size() - 1)]
             [metric.empty() ? name : metric] = value;
  }
  Table table{.header = {"metric", "model"}, .rows = {}};
  for (const auto& [column, values] : by_column) {
    std::string title = column;
    std::replace(title.begin(), title.end(), '_', ' ');
    table.header.push_back(title);
  }
  for (const auto& [name, value] : rows) {
    std::vector<std::string> row = {name, metrics.contains(name) ? format_number(value) : ""};
    for (const auto& [column, values] : by_column) {
      const auto found = values.find(name);
      row.push_back(found == values.end() ? "" : format_number(found->second));
    }
    table.rows.push_back(row);
  }
  return table;
}

}  // namespace recur
