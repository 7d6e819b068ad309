#include "trainers/log/metrics_csv.h"

#include <cmath>
#include <set>

#include <fmt/format.h>

namespace recur {
std::string csv_cell(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

std::string metrics_csv(const std::vector<MetricsRow>& rows) {
  std::set<std::string> names;
  for (const auto& row : rows) {
    for (const auto& item : row.values) names.insert(item.first);
  }
  std::string csv = "step,epoch";
  for (const auto& name : names) csv += "," + csv_cell(name);
  csv += '\n';
  for (const auto& row : rows) {
    csv += fmt::format("{},{}", row.step, row.epoch);
    for (const auto& name : names) {
      const auto found = row.values.find(name);
      csv += found != row.values.end() && std::isfinite(found->second) ? fmt::format(",{}", found->second) : ",";
    }
    csv += '\n';
  }
  return csv;
}

}  // namespace recur
