#include "datasets/stock/read_prices.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <optional>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "core/options.h"
#include "datasets/csv.h"
#include "datasets/stock/calendar.h"
#include "datasets/stock/column_names.h"
#include "datasets/stock/dates.h"
#include "datasets/stock/numbers.h"

namespace recur {
namespace {

// A column of numbers that the table will have.
struct Column {
  std::string name;
  size_t field = 0;

  bool is_price() const { return name != "volume" && name != "change_percent"; }
};

// A row of the file that is not dropped so far.
struct Bar {
  const CsvRow* row = nullptr;
  int64_t time = 0;
  std::vector<double> values;  // by column
};

void check_options(const PriceReadOptions& options) {
  const auto check = [&](const auto& field) {
    if constexpr (std::is_same_v<typename std::decay_t<decltype(field)>::Value, std::string>) {
      const auto& value = options.*field.member;
      const auto allowed = field.range.allowed_names();
      if (std::find(allowed.begin(), allowed.end(), value) != allowed.end()) return;
      throw ConfigError(fmt::format("{}: got \"{}\", expected {}", field.key, value, field.range.to_string()));
    }
  };
  std::apply([&](const auto&... field) { (check(field), ...); }, PriceReadOptions::fields());
}

// The steps from a CSV to a table, in the order in which they are called.
class Reader {
 public:
  Reader(CsvTable csv, const PriceReadOptions& options) : csv_(std::move(csv)), options_(options) {}

  PriceTable read(const std::filesystem::path& path) {
    report_.source = path.filename().string();
    flatten_yfinance_header(csv_);
    const auto found = find_price_columns(csv_, options_.columns);
    if (csv_.rows.empty()) throw DataError({csv_.source}, "a header and no rows");
    choose_columns(found);
    mark_ = decimal_mark();
    read_values(found.date);
    read_times(found);
    sort_by_time();
    drop_duplicates();
    if (bars_.size() < 2) {
      throw DataError(
          {csv_.source},
          fmt::format("{} of {} rows can be used, expected 2 or more ({} missing, {} duplicate, "
                      "{} not above 0)",
                      bars_.size(), csv_.rows.size(), report_.missing, report_.duplicates, report_.not_finite));
    }
    add_other_columns(found.others);
    return make_table(path.stem().string());
  }

 private:
  const std::string& header(size_t field) const { return csv_.header.fields[field]; }
  SourceLocation cell(const CsvRow& row, size_t field) const {
    return {csv_.source, row.line, static_cast<int64_t>(field) + 1};
  }

  // The canonical columns that the file has and that are not empty throughout, as the volume of an index is.
  void choose_columns(const PriceColumns& found) {
    for (const auto& name : price_column_names()) {
      const auto column = found.canonical.find(name);
      if (column == found.canonical.end()) continue;
      const auto field = column->second;
      const bool empty = std::all_of(csv_.rows.begin(), csv_.rows.end(),
                                     [&](const CsvRow& row) { return is_missing(row.fields[field]); });
      if (empty && name == "close") {
        throw DataError({csv_.source}, fmt::format("column \"{}\" (the close) is empty in every row", header(field)));
      }
      if (empty) {
        report_.ignored_columns.push_back(header(field));
      } else {
        columns_.push_back({name, field});
      }
    }
  }

  DecimalMark decimal_mark() const {
    if (options_.decimal != "auto") return options_.decimal == "comma" ? DecimalMark::kComma : DecimalMark::kPoint;
    if (csv_.delimiter != ';') return DecimalMark::kPoint;
    std::vector<size_t> fields;
    for (const auto& column : columns_) fields.push_back(column.field);
    return find_decimal_mark(csv_, fields);
  }

  // Fills bars_ with the rows that have a date and all numbers.
  void read_values(size_t date) {
    const bool strict = options_.missing == "error";
    for (const auto& row : csv_.rows) {
      Bar bar{.row = &row, .time = 0, .values = {}};
      std::optional<size_t> missing, bad;
      if (is_missing(row.fields[date])) missing = date;
      for (const auto& column : columns_) {
        const auto& text = row.fields[column.field];
        if (is_missing(text)) {
          if (!missing) missing = column.field;
          continue;
        }
        bar.values.push_back(read_number(row, column));
        const double value = bar.values.back();
        const bool fits =
            std::isfinite(value) && (column.is_price() ? value > 0 : column.name != "volume" || value >= 0);
        if (!fits && !bad) bad = column.field;
      }
      if (strict && (missing || bad)) {
        const auto field = missing ? *missing : *bad;
        throw DataError(cell(row, field),
                        fmt::format("column \"{}\": got \"{}\", expected {} (missing: drop leaves such rows out)",
                                    header(field), row.fields[field], missing ? "a value" : "a price above 0"));
      }
      report_.missing += missing.has_value();
      report_.not_finite += !missing && bad;
      if (!missing && !bad) bars_.push_back(std::move(bar));
    }
  }

  double read_number(const CsvRow& row, const Column& column) const {
    const auto& text = row.fields[column.field];
    if (const auto value = parse_number(text, mark_)) return *value;
    throw DataError(cell(row, column.field),
                    fmt::format("column \"{}\": got \"{}\", expected a number", header(column.field), text));
  }

  void read_times(const PriceColumns& found) {
    std::vector<DateCell> cells;
    for (const auto& bar : bars_) cells.push_back({bar.row->fields[found.date], cell(*bar.row, found.date)});
    const auto times = parse_dates(cells, options_.date_format);
    for (size_t i = 0; i < bars_.size(); ++i) {
      bars_[i].time = times[i];
      if (!found.time) continue;
      const auto& text = bars_[i].row->fields[*found.time];
      const auto seconds = is_missing(text) ? 0 : parse_time_of_day(text);
      if (!seconds) {
        throw DataError(cell(*bars_[i].row, *found.time),
                        fmt::format("column \"{}\": got \"{}\", expected a time such as 15:30:00 or 153000",
                                    header(*found.time), text));
      }
      bars_[i].time += *seconds;
    }
  }

  void sort_by_time() {
    if (std::ranges::is_sorted(bars_, std::less<>(), &Bar::time)) return;
    report_.was_descending = std::ranges::is_sorted(bars_, std::greater<>(), &Bar::time);
    report_.was_unsorted = !report_.was_descending;
    std::ranges::stable_sort(bars_, std::less<>(), &Bar::time);  // of one date: still in the order of the file
  }

  void drop_duplicates() {
    std::vector<Bar> kept;
    for (auto& bar : bars_) {
      if (kept.empty() || kept.back().time != bar.time) {
        kept.push_back(std::move(bar));
        continue;
      }
      if (kept.back().values != bar.values && options_.duplicates == "error") {
        throw DataError(
            {csv_.source, bar.row->line},
            fmt::format("{} comes twice with different values (first in line {}): set duplicates to first or "
                        "last",
                        iso_date_time(bar.time), kept.back().row->line));
      }
      ++report_.duplicates;
      if (options_.duplicates == "last") kept.back() = std::move(bar);
    }
    bars_ = std::move(kept);
  }

  // Other columns are kept where every kept row has a number; names and notes are not.
  void add_other_columns(const std::vector<size_t>& others) {
    for (const auto field : others) {
      std::vector<double> values;
      for (const auto& bar : bars_) {
        const auto value = parse_number(bar.row->fields[field], mark_);
        if (!value || !std::isfinite(*value)) break;
        values.push_back(*value);
      }
      const auto name = other_column_name(header(field));
      const bool taken = std::ranges::find(columns_, name, &Column::name) != columns_.end();
      if (values.size() < bars_.size() || name.empty() || taken) {
        report_.ignored_columns.push_back(header(field).empty() ? fmt::format("field {}", field + 1) : header(field));
        continue;
      }
      columns_.push_back({name, field});
      for (size_t i = 0; i < bars_.size(); ++i) bars_[i].values.push_back(values[i]);
    }
  }

  PriceTable make_table(std::string name) {
    PriceTable table{.name = std::move(name), .times = {}, .columns = {}, .values = {}, .report = {}};
    for (const auto& column : columns_) table.columns.push_back(column.name);
    const auto rows = static_cast<int64_t>(bars_.size()), width = static_cast<int64_t>(columns_.size());
    table.values = torch::empty({rows, width}, torch::kFloat64);
    auto* value = table.values.mutable_data_ptr<double>();
    for (const auto& bar : bars_) {
      table.times.push_back(bar.time);
      value = std::copy(bar.values.begin(), bar.values.end(), value);
    }
    table.report = std::move(report_);
    table.report_rows();
    return table;
  }

  CsvTable csv_;
  const PriceReadOptions& options_;
  DecimalMark mark_ = DecimalMark::kPoint;
  std::vector<Column> columns_;
  std::vector<Bar> bars_;
  ReadReport report_;
};

}  // namespace

void PriceReadOptions::check(ConfigCheck& check) const {
  if (const auto message = check_column_keys(columns); !message.empty()) check.fail("columns", message);
}

PriceTable read_prices(const std::filesystem::path& path, const PriceReadOptions& options) {
  check_options(options);
  const char delimiter = options.delimiter == "auto"  ? kSniffDelimiter
                         : options.delimiter == "tab" ? '\t'
                                                      : options.delimiter.front();
  return Reader(read_csv(path, {.delimiter = delimiter}), options).read(path);
}

}  // namespace recur
