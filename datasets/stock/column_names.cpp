#include "datasets/stock/column_names.h"

#include <algorithm>
#include <optional>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/ascii.h"
#include "core/error.h"
#include "core/names.h"

namespace recur {
namespace {

using Names = std::vector<std::string>;

// What vendors call each column, as comparable_column_name gives it; a name goes before those after it, so that of
// "Close" and "Price" in one file "Close" is the close.
struct Synonyms {
  std::string canonical;
  Names names;
};

const Synonyms kDate{"date", {"date", "timestamp", "datetime", "tradedate", "tradingdate", "day", "time"}};
const Synonyms kTime{"time", {"time", "timeofday"}};

const std::vector<Synonyms>& canonical_columns() {
  static const std::vector<Synonyms> kColumns{
      {"open", {"open", "openprice", "opening", "openingprice"}},
      {"high", {"high", "highprice", "highest", "dayhigh"}},
      {"low", {"low", "lowprice", "lowest", "daylow"}},
      {"close", {"close", "closelast", "closeprice", "closing", "closingprice", "price", "last", "lastprice"}},
      {"adj_close", {"adjclose", "adjustedclose", "closeadj", "closeadjusted", "adjcloseprice", "adjustedcloseprice"}},
      {"volume", {"volume", "vol", "tradingvolume", "tradedvolume", "sharevolume", "totaltradequantity"}},
      {"change_percent", {"changepercent", "percentchange", "changepct", "pctchange", "chgpercent", "percentchg"}},
  };
  return kColumns;
}

std::string quoted(const Names& headers) {
  Names texts;
  for (const auto& header : headers) texts.push_back('"' + header + '"');
  return fmt::format("{}", fmt::join(texts, ", "));
}

// Finds columns in a header, and gives each only once.
class Finder {
 public:
  Finder(const CsvTable& csv, const std::map<std::string, std::string>& named) : csv_(csv), named_(named) {
    for (const auto& header : csv.header.fields) comparable_.push_back(comparable_column_name(header));
    if (const auto message = check_column_keys(named); !message.empty()) throw ConfigError("columns: " + message);
  }

  std::optional<size_t> find(const Synonyms& synonyms) {
    if (const auto named = named_.find(synonyms.canonical); named != named_.end()) {
      return take(find_named(named->first, named->second));
    }
    for (const auto& name : synonyms.names) {
      if (const auto field = only(name)) return take(*field);
    }
    return std::nullopt;
  }

  size_t need(const Synonyms& synonyms) {
    if (const auto field = find(synonyms)) return *field;
    throw DataError(
        header(),
        fmt::format("no {0} column; the columns are {1}: say which it is by data.read.columns={{{0}: \"...\"}}",
                    synonyms.canonical, quoted(csv_.header.fields)));
  }

  std::vector<size_t> left() const {
    std::vector<size_t> fields;
    for (size_t k = 0; k < comparable_.size(); ++k) {
      if (!taken_.contains(k)) fields.push_back(k);
    }
    return fields;
  }

 private:
  SourceLocation header() const { return {csv_.source, csv_.header.line}; }

  // By the header as written, else by what is comparable.
  size_t find_named(const std::string& key, const std::string& wanted) const {
    const auto& headers = csv_.header.fields;
    if (std::count(headers.begin(), headers.end(), wanted) == 1) {
      return std::find(headers.begin(), headers.end(), wanted) - headers.begin();
    }
    if (const auto field = only(comparable_column_name(wanted))) return *field;
    throw DataError(header(), fmt::format("no column \"{}\", which columns names as {}; the columns are {}{}", wanted,
                                          key, quoted(headers), did_you_mean(wanted, headers)));
  }

  // The one column of this comparable name that is not taken.
  std::optional<size_t> only(const std::string& name) const {
    std::optional<size_t> found;
    for (size_t k = 0; k < comparable_.size(); ++k) {
      if (comparable_[k] != name || taken_.contains(k)) continue;
      if (found) {
        throw DataError(header(),
                        fmt::format("two columns of one name: \"{}\" (field {}) and \"{}\" (field {}); rename "
                                    "one of them",
                                    csv_.header.fields[*found], *found + 1, csv_.header.fields[k], k + 1));
      }
      found = k;
    }
    return found;
  }

  size_t take(size_t field) {
    taken_.insert(field);
    return field;
  }

  const CsvTable& csv_;
  const std::map<std::string, std::string>& named_;
  Names comparable_;
  std::set<size_t> taken_;
};

}  // namespace

std::vector<std::string> price_column_names() {
  Names names;
  for (const auto& column : canonical_columns()) names.push_back(column.canonical);
  return names;
}

std::string check_column_keys(const std::map<std::string, std::string>& named) {
  auto known = price_column_names();
  known.insert(known.begin(), {kDate.canonical, kTime.canonical});
  for (const auto& [key, header] : named) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    return fmt::format("got the name \"{}\", expected one of {}{}", key, fmt::join(known, ", "),
                       did_you_mean(key, known));
  }
  return "";
}

std::string comparable_column_name(std::string_view header) {
  std::string name;
  for (const char c : header) {
    if (is_ascii_letter(c) || is_digit(c) || (c & 0x80)) name += ascii_lower(c);
    if (c == '%') name += "percent";
  }
  return name;
}

std::string other_column_name(std::string_view header) {
  std::string name;
  for (const char c : header) {
    const auto letter = comparable_column_name(std::string_view(&c, 1));
    if (letter.empty() && !name.empty() && name.back() != '_') name += '_';
    name += letter;
  }
  while (name.ends_with('_')) name.pop_back();
  return name;
}

PriceColumns find_price_columns(const CsvTable& csv, const std::map<std::string, std::string>& named) {
  Finder finder(csv, named);
  PriceColumns columns;
  // What a person named is taken first, so that "columns: {close: Adj Close}" leaves no adj_close.
  std::vector<Synonyms> order = canonical_columns();
  std::stable_partition(order.begin(), order.end(),
                        [&](const auto& column) { return named.contains(column.canonical); });
  columns.date = finder.need(kDate);
  if (const auto time = finder.find(kTime)) columns.time = *time;
  for (const auto& column : order) {
    if (column.canonical == "close") {
      columns.canonical["close"] = finder.need(column);
    } else if (const auto field = finder.find(column)) {
      columns.canonical[column.canonical] = *field;
    }
  }
  columns.others = finder.left();
  return columns;
}

void flatten_yfinance_header(CsvTable& csv) {
  auto& header = csv.header.fields;
  if (csv.rows.size() < 2 || header[0] != "Price" || csv.rows[0].fields[0] != "Ticker") return;
  const auto& tickers = csv.rows[0].fields;
  for (size_t k = 2; k < tickers.size(); ++k) {
    if (tickers[k] == tickers[1]) continue;
    throw DataError({csv.source, csv.rows[0].line, static_cast<int64_t>(k) + 1},
                    fmt::format("several tickers (\"{}\" and \"{}\") in one file, expected one: save one file a ticker",
                                tickers[1], tickers[k]));
  }
  const bool dates_named = csv.rows[1].fields[0] == "Date" || csv.rows[1].fields[0] == "Datetime";
  header[0] = "Date";
  csv.rows.erase(csv.rows.begin(), csv.rows.begin() + (dates_named ? 2 : 1));
}

}  // namespace recur
