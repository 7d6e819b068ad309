#include "datasets/stock/price_table.h"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "core/names.h"
#include "datasets/stock/calendar.h"
#include "datasets/with_commas.h"

namespace recur {
namespace {

std::string price_text(double price) {
  return price < 1 ? fmt::format("{:.4g}", price) : fmt::format("{:.2f}", price);
}

}  // namespace

std::string ReadReport::to_line() const {
  auto line = fmt::format("{}: {} rows, {}..{}, close {}..{}", source, with_commas(rows), first_date, last_date,
                          price_text(close_low), price_text(close_high));
  std::vector<std::string> dropped;
  if (missing > 0) dropped.push_back(with_commas(missing) + " missing");
  if (duplicates > 0) dropped.push_back(with_commas(duplicates) + " duplicate");
  if (not_finite > 0) dropped.push_back(with_commas(not_finite) + " not above 0");
  if (!dropped.empty()) {
    line += fmt::format("; dropped {} ({})", with_commas(missing + duplicates + not_finite), fmt::join(dropped, ", "));
  }
  if (was_descending) line += "; newest first";
  if (was_unsorted) line += "; unsorted";
  if (!ignored_columns.empty()) line += fmt::format("; ignored {}", fmt::join(ignored_columns, ", "));
  return line;
}

torch::Tensor PriceTable::column(const std::string& name) const {
  const auto found = std::find(columns.begin(), columns.end(), name);
  if (found == columns.end()) {
    throw DataError({report.source}, fmt::format("no column \"{}\"; the columns are {}{}", name,
                                                 fmt::join(columns, ", "), did_you_mean(name, columns)));
  }
  return values.select(1, found - columns.begin());
}

void PriceTable::report_rows() {
  const auto close = column("close");
  report.rows = rows();
  report.first_date = iso_date(times.front());
  report.last_date = iso_date(times.back());
  report.close_low = close.min().item<double>();
  report.close_high = close.max().item<double>();
}

}  // namespace recur
