// Which column of an export is which: by name, however the vendor writes it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "datasets/csv.h"

namespace recur {

/// The canonical columns in their order: open high low close adj_close volume change_percent.
std::vector<std::string> price_column_names();

/// What is wrong with the keys of `named`, each of which must be a canonical name, "date" or "time"; "" if nothing is.
std::string check_column_keys(const std::map<std::string, std::string>& named);

/// Lower-case letters and digits only, as columns are compared: "<CLOSE>" and "Close" are "close", "Adj Close" and
/// "adj_close" are "adjclose".
std::string comparable_column_name(std::string_view header);

/// "Stock Splits" -> "stock_splits", "Market Cap. ($)" -> "market_cap": what a column that is not canonical is called.
std::string other_column_name(std::string_view header);

/// Where the columns of a file are: fields counted from 0.
struct PriceColumns {
  size_t date = 0;
  std::optional<size_t> time;               ///< of the day, beside the date
  std::map<std::string, size_t> canonical;  ///< among price_column_names(); always holds "close"
  std::vector<size_t> others;
};

/// Finds the columns by the names of Yahoo, stooq, Alpha Vantage, Investing.com, Nasdaq, yfinance and Kaggle;
/// `named` maps canonical names, "date" and "time" to headers of the file and goes before.
/// @throws DataError    no date, no close, or two columns of one name: lists the headers and says how to name one.
/// @throws ConfigError  a key of `named` that is no such name.
PriceColumns find_price_columns(const CsvTable& csv, const std::map<std::string, std::string>& named);

/// yfinance writes three header lines ("Price,Close,...", "Ticker,NFLX,...", "Date,,..."): makes them one.
/// @throws DataError  for a file with several tickers.
void flatten_yfinance_header(CsvTable& csv);

}  // namespace recur
