// Reads the price tables that people have: CSV exports of Yahoo, stooq, Alpha Vantage, Investing.com, Nasdaq, yfinance
// and Kaggle, without being told which one it is.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <tuple>

#include "core/option_fields.h"
#include "datasets/stock/price_table.h"

namespace recur {

class ConfigCheck;

/// How to read a CSV of prices where its own text does not say enough.
struct PriceReadOptions {
  std::map<std::string, std::string> columns = {};
  std::string date_format = "auto";
  std::string decimal = "auto";
  std::string missing = "drop";
  std::string duplicates = "error";
  std::string delimiter = "auto";

  static constexpr auto fields() {
    using O = PriceReadOptions;
    return std::tuple{
        field("columns", &O::columns, "headers of the file by canonical name, e.g. {close: My price}"),
        field("date_format", &O::date_format, "order of the dates; auto: found from the whole column",
              one_of("auto", "ymd", "mdy", "dmy", "unix")),
        field("decimal", &O::decimal, "decimal mark; auto: a point, or in files with ; what the numbers say",
              one_of("auto", "point", "comma")),
        field("missing", &O::missing, "rows with an empty cell or a price that is not above 0",
              one_of("drop", "error")),
        field("duplicates", &O::duplicates,
              "rows with one date and different values: which of them in the file to keep",
              one_of("error", "first", "last")),
        field("delimiter", &O::delimiter, "between the fields; auto: found from the header",
              one_of("auto", ",", ";", "tab"))};
  }
  /// Reports keys of `columns` that are no canonical name.
  void check(ConfigCheck& check) const;
};

/// The file's prices, oldest first.
///
/// Needed are a date and a close.  Of the columns open, high, low, close, adj_close, volume and change_percent those
/// that the file has are kept, in this order; a row where one of them is missing is dropped (or an error); one that is
/// empty in every row is ignored.  After them come the other columns that hold a number in every kept row.
/// Numbers may have thousands separators ("7,380,500"), K/M/B/T ("7.57M"), "%" ("1.29%" is 1.29) and a currency sign.
/// Dates: see `DateFormat` in dates.h.
///
/// @throws DataError    file:line:column (the column is the field's number, from 1) for a cell that cannot be read, for
///                      dates or decimals that can be read in two ways, a date that comes twice with different values,
///                      a file without rows, without a date or without a close.
/// @throws ConfigError  for options that are not among the allowed ones.
PriceTable read_prices(const std::filesystem::path& path, const PriceReadOptions& options = {});

}  // namespace recur
