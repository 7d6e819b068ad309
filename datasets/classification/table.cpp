#include "datasets/classification/table.h"

#include <charconv>
#include <cmath>
#include <optional>

#include <ATen/ops/empty.h>

#include <fmt/format.h>

#include "core/error.h"
#include "datasets/catalog.h"
#include "datasets/csv.h"

namespace recur {
namespace {

std::optional<double> number_in(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

/// The names of a table's columns: those of its header, else their numbers.
std::vector<std::string> names_of(const CsvTable& table) {
  if (!table.header.fields.empty()) return table.header.fields;
  std::vector<std::string> names;
  for (size_t k = 1; k <= table.rows.front().fields.size(); ++k) names.push_back(fmt::format("{}", k));
  return names;
}

float cell(const NumberTable& table, const CsvRow& row, size_t column, const std::string& name) {
  const auto& text = row.fields[column];
  const auto number = number_in(text);
  if (number && std::isfinite(*number)) return static_cast<float>(*number);
  throw DataError({table.source, row.line, static_cast<int64_t>(column) + 1},
                  fmt::format("column \"{}\": {}, expected a number; data.table.features names the columns that are "
                              "read",
                              name, text.empty() ? "the cell is empty" : fmt::format("got \"{:.40}\"", text)));
}

/// Which columns are features.
std::vector<size_t> feature_columns(const CsvTable& table, const NumberColumns& columns, std::optional<size_t> label) {
  std::vector<size_t> places;
  for (const auto& feature : columns.features) places.push_back(needed_column(table, feature));
  for (size_t k = 0; columns.features.empty() && k < table.rows.front().fields.size(); ++k) {
    if (k != label) places.push_back(k);
  }
  if (places.empty()) throw DataError({table.source}, "no column beside the label, expected numbers");
  return places;
}

}  // namespace

NumberTable read_number_table(const std::string& file, const NumberColumns& columns, Labels labels) {
  const auto path = find_data_file(file);
  const auto csv = read_csv(path, {.delimiter = delimiter_of(columns.delimiter), .header = columns.header});
  NumberTable table{.source = path.string(), .columns = {}, .values = {}, .labels = {}, .lines = {}};
  if (csv.rows.empty()) throw DataError({table.source}, "no row below the header");
  const auto names = names_of(csv);
  const auto label =
      labels == Labels::kNeeded ? needed_column(csv, columns.label) : find_column_or_number(csv, columns.label);
  const auto places = feature_columns(csv, columns, label);
  for (const auto place : places) table.columns.push_back(names[place]);

  const auto width = static_cast<int64_t>(places.size());
  table.values = at::empty({static_cast<int64_t>(csv.rows.size()), width}, torch::kFloat32);
  auto* value = table.values.mutable_data_ptr<float>();
  for (const auto& row : csv.rows) {
    const auto of_row = label ? row.fields[*label] : "";
    if (labels == Labels::kNeeded && of_row.empty()) {
      ++table.without_label;
      continue;
    }
    for (const auto place : places) *value++ = cell(table, row, place, names[place]);
    if (label) table.labels.push_back(of_row);
    table.lines.push_back(row.line);
  }
  table.values = table.values.narrow(0, 0, table.rows());
  return table;
}

}  // namespace recur
