#include <cmath>
#include <map>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/options.h"
#include "datasets/stock/calendar.h"
#include "datasets/stock/read_prices.h"
#include "tests/datasets/temporary_folder.h"

namespace recur::this_file {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class ReadPrices : public testing::Test {
 protected:
  PriceTable read(const std::string& text, const PriceReadOptions& options = {}) {
    return read_prices(folder_.write("t.csv", text), options);
  }

  // The message without the folder.
  template <class E = DataError>
  std::string error_of(const std::string& text, const PriceReadOptions& options = {}) {
    auto message = message_of<E>([&] { read(text, options); });
    const auto folder = folder_.path().string() + "/";
    for (auto at = message.find(folder); at != std::string::npos; at = message.find(folder)) {
      message.erase(at, folder.size());
    }
    return message;
  }

  static std::vector<double> values(const PriceTable& table, const std::string& column) {
    const auto tensor = table.column(column).contiguous();
    return {tensor.const_data_ptr<double>(), tensor.const_data_ptr<double>() + tensor.numel()};
  }

  static std::vector<std::string> dates(const PriceTable& table) {
    std::vector<std::string> dates;
    for (const auto time : table.times) dates.push_back(iso_date_time(time));
    return dates;
  }

  TemporaryFolder folder_;
};

TEST_F(ReadPrices, TheExportsThatPeopleHave) {
  const std::map<std::string, std::string> exports{
      {"yahoo",
       "Date,Open,High,Low,Close,Adj Close,Volume\n"
       "2020-01-30,9.5,10.5,9.0,10.25,10.0,1000000\n2020-01-31,10,11.5,9.75,11,10.7,1100000"},
      {"yfinance",
       "Price,Close,High,Low,Open,Volume\nTicker,NFLX,NFLX,NFLX,NFLX,NFLX\nDate,,,,,\n"
       "2020-01-30,10.25,10.5,9.0,9.5,1000000\n2020-01-31,11,11.5,9.75,10,1100000\n"},
      {"yfinance, one row of header",
       ",Open,High,Low,Close,Volume,Dividends,Stock Splits\nx,9.5,10.5,9.0,10.25,1000000,0.0,0.0\n"},
      {"stooq",
       "Date,Open,High,Low,Close,Volume\r\n2020-01-30,9.5,10.5,9.0,10.25,1000000\r\n"
       "2020-01-31,10,11.5,9.75,11,1100000\r\n"},
      {"stooq, ascii",
       "<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<VOL>,<OPENINT>\n"
       "NFLX.US,D,20200130,000000,9.5,10.5,9.0,10.25,1000000,0\nNFLX.US,D,20200131,000000,10,11.5,9.75,11,1100000,0\n"},
      {"alpha vantage",
       "timestamp,open,high,low,close,volume\r\n2020-01-31,10.0000,11.5000,9.7500,11.0000,1100000\r\n"
       "2020-01-30,9.5000,10.5000,9.0000,10.2500,1000000\r\n"},
      {"investing",
       "\xEF\xBB\xBF\"Date\",\"Price\",\"Open\",\"High\",\"Low\",\"Vol.\",\"Change %\"\n"
       "\"01/31/2020\",\"11.00\",\"10.00\",\"11.50\",\"9.75\",\"1.10M\",\"7.32%\"\n"
       "\"01/30/2020\",\"10.25\",\"9.50\",\"10.50\",\"9.00\",\"1.00M\",\"-2.57%\"\n"},
      {"nasdaq",
       "Date,Close/Last,Volume,Open,High,Low\n01/31/2020,$11.00,\"1,100,000\",$10.00,$11.50,$9.75\n"
       "01/30/2020,$10.25,\"1,000,000\",$9.50,$10.50,$9.00\n"},
      {"kaggle",
       "Name,Trade Date,Open Price,High Price,Low Price,Close Price,Traded Volume\n"
       "NFLX,30-Jan-2020,9.5,10.5,9,10.25,1000000\nNFLX,31-Jan-2020,10,11.5,9.75,11,1100000\n"},
      {"tradingview",
       "time,open,high,low,close,Volume\n1580342400,9.5,10.5,9,10.25,1000000\n"
       "1580428800,10,11.5,9.75,11,1100000\n"},
      {"european",
       "Datum;Er\xC3\xB6"
       "ffnung;High;Low;Close;Volume\n30.01.2020;9,50;10,50;9,00;10,25;1.000.000\n"
       "31.01.2020;10,00;11,50;9,75;11,00;1.100.000\n"},
  };
  for (const auto& [vendor, text] : exports) {
    SCOPED_TRACE(vendor);
    if (vendor == "yfinance, one row of header") {
      EXPECT_THAT(error_of(text), HasSubstr("no date column; the columns are \"\", \"Open\""));
      continue;
    }
    PriceReadOptions options;
    if (vendor == "european")
      options.columns = {{"date", "Datum"},
                         {"open",
                          "Er\xC3\xB6"
                          "ffnung"}};
    const auto table = read(text, options);
    EXPECT_THAT(dates(table), ElementsAre("2020-01-30", "2020-01-31"));
    EXPECT_THAT(values(table, "open"), ElementsAre(9.5, 10));
    EXPECT_THAT(values(table, "high"), ElementsAre(10.5, 11.5));
    EXPECT_THAT(values(table, "low"), ElementsAre(9, 9.75));
    EXPECT_THAT(values(table, "close"), ElementsAre(10.25, 11));
    EXPECT_THAT(values(table, "volume"), ElementsAre(1'000'000, 1'100'000));
    EXPECT_EQ(table.columns[0], "open");
    EXPECT_EQ(table.columns[3], "close");
  }
}

TEST_F(ReadPrices, CanonicalColumnsComeFirstThenOtherNumbers) {
  const auto table = read(
      "Stock Splits,Ticker,Change %,Volume,Close,Date,VWAP ($)\n0,NFLX,1.5%,10,1,2020-01-01,1.25\n"
      "2,NFLX,-1%,11,2,2020-01-02,2.25\n");
  EXPECT_THAT(table.columns, ElementsAre("close", "volume", "change_percent", "stock_splits", "vwap"));
  EXPECT_THAT(values(table, "change_percent"), ElementsAre(1.5, -1));
  EXPECT_THAT(values(table, "stock_splits"), ElementsAre(0, 2));
  EXPECT_THAT(values(table, "vwap"), ElementsAre(1.25, 2.25));
  EXPECT_THAT(table.report.ignored_columns, ElementsAre("Ticker"));
  EXPECT_EQ(table.values.scalar_type(), torch::kFloat64);
  EXPECT_EQ(table.name, "t");
  EXPECT_EQ(
      message_of<DataError>([&] { table.column("volum"); }),
      "t.csv: no column \"volum\"; the columns are close, volume, change_percent, stock_splits, vwap; did you mean "
      "\"volume\"?");
}

TEST_F(ReadPrices, ColumnsCanBeNamed) {
  const std::string text = "Day of trade,My price,Close\n2020-01-01,1,7\n2020-01-02,2,8\n";
  const auto table = read(text, {.columns = {{"date", "Day of trade"}, {"close", "my price"}}});
  EXPECT_THAT(values(table, "close"), ElementsAre(1, 2));
  EXPECT_EQ(
      error_of(text, {.columns = {{"close", "My prise"}, {"date", "Day of trade"}}}),
      "t.csv:1: no column \"My prise\", which columns names as close; the columns are \"Day of trade\", \"My price\", "
      "\"Close\"; did you mean \"My price\"?");
  EXPECT_THAT(
      error_of<ConfigError>(text, {.columns = {{"closed", "My price"}}}),
      HasSubstr("columns: got the name \"closed\", expected one of date, time, open, high, low, close, adj_close, "
                "volume, change_percent; did you mean \"close\"?"));
  const auto adjusted =
      read("Date,Close,Adj Close\n2020-01-01,1,7\n2020-01-02,2,8\n", {.columns = {{"close", "Adj Close"}}});
  EXPECT_THAT(adjusted.columns, ElementsAre("close"));
  EXPECT_THAT(values(adjusted, "close"), ElementsAre(7, 8));
}

TEST_F(ReadPrices, RowsWithMissingCellsAreDroppedAndCounted) {
  const std::string text =
      "Date,Open,Close,Note\n2020-01-01,1,1,\n2020-01-02,null,2,\n2020-01-03,3,N/A,\n,4,4,\n2020-01-05,5,5,hello\n"
      "2020-01-06,-,6,\n2020-01-07,0,7,\n2020-01-08,8,inf,\n2020-01-09,9,-9,\n";
  const auto table = read(text);
  EXPECT_THAT(dates(table), ElementsAre("2020-01-01", "2020-01-05"));
  EXPECT_EQ(table.report.missing, 4);
  EXPECT_EQ(table.report.not_finite, 3);
  EXPECT_EQ(
      table.report.to_line(),
      "t.csv: 2 rows, 2020-01-01..2020-01-05, close 1.00..5.00; dropped 7 (4 missing, 3 not above 0); ignored Note");
  EXPECT_EQ(error_of(text, {.missing = "error"}),
            "t.csv:3:2: column \"Open\": got \"null\", expected a value (missing: drop leaves such rows out)");
  EXPECT_EQ(error_of("Date,Close\n2020-01-01,1\n2020-01-02,0\n2020-01-03,1\n", {.missing = "error"}),
            "t.csv:3:2: column \"Close\": got \"0\", expected a price above 0 (missing: drop leaves such rows out)");
}

TEST_F(ReadPrices, AColumnThatIsEmptyThroughoutIsIgnored) {
  const auto table = read("Date,Price,Vol.\n01/31/2020,1,\n02/01/2020,2,-\n");
  EXPECT_THAT(table.columns, ElementsAre("close"));
  EXPECT_EQ(table.report.missing, 0);
  EXPECT_THAT(table.report.ignored_columns, ElementsAre("Vol."));
  EXPECT_EQ(error_of("Date,Close\n2020-01-01,\n2020-01-02,-\n"),
            "t.csv: column \"Close\" (the close) is empty in every row");
}

TEST_F(ReadPrices, RowsInAnyOrderComeOutOldestFirst) {
  const std::string a = "2020-01-01,1\n", b = "2020-01-02,2\n", c = "2020-01-03,3\n";
  for (const auto& text : {a + b + c, c + b + a, b + a + c}) {
    const auto table = read("Date,Close\n" + text);
    EXPECT_THAT(values(table, "close"), ElementsAre(1, 2, 3));
    EXPECT_EQ(table.report.was_descending, text == c + b + a);
    EXPECT_EQ(table.report.was_unsorted, text == b + a + c);
  }
  EXPECT_THAT(read("Date,Close\n" + c + b + a).report.to_line(), HasSubstr("3.00; newest first"));
  EXPECT_THAT(read("Date,Close\n" + b + a + c).report.to_line(), HasSubstr("3.00; unsorted"));
}

TEST_F(ReadPrices, TheSameRowAgainIsDroppedAnotherOneIsAnError) {
  const std::string same = "Date,Close\n2020-01-01,1\n2020-01-02,2\n2020-01-02,2.0\n2020-01-03,3\n";
  EXPECT_EQ(read(same).report.duplicates, 1);
  EXPECT_EQ(read(same).rows(), 3);
  const std::string other = "Date,Close\n2020-01-03,3\n2020-01-02,2\n2020-01-02,5\n2020-01-01,1\n";
  EXPECT_EQ(error_of(other),
            "t.csv:4: 2020-01-02 comes twice with different values (first in line 3): set duplicates to first or last");
  EXPECT_THAT(values(read(other, {.duplicates = "first"}), "close"), ElementsAre(1, 2, 3));
  EXPECT_THAT(values(read(other, {.duplicates = "last"}), "close"), ElementsAre(1, 5, 3));
  EXPECT_EQ(read(other, {.duplicates = "last"}).report.to_line(),
            "t.csv: 3 rows, 2020-01-01..2020-01-03, close 1.00..5.00; dropped 1 (1 duplicate); newest first");
}

TEST_F(ReadPrices, BarsWithinADayAreApart) {
  const auto table = read("<DATE>,<TIME>,<CLOSE>\n20200131,153000,1\n20200131,153500,2\n20200131,154000,3\n");
  EXPECT_THAT(dates(table), ElementsAre("2020-01-31 15:30:00", "2020-01-31 15:35:00", "2020-01-31 15:40:00"));
  EXPECT_EQ(error_of("Date,Time,Close\n2020-01-01,noon,1\n2020-01-02,noon,2\n"),
            "t.csv:2:2: column \"Time\": got \"noon\", expected a time such as 15:30:00 or 153000");
  const auto zoned = read("Datetime,Close\n2020-01-31 09:30:00+09:00,1\n2020-02-03 09:30:00+09:00,2\n");
  EXPECT_EQ(dates(zoned)[0], "2020-01-31 09:30:00") << "the exchange's own clock";
}

TEST_F(ReadPrices, TheDecimalMarkIsFoundOrAskedFor) {
  EXPECT_THAT(values(read("Date;Close\n2020-01-01;1.234,5\n2020-01-02;2.000\n"), "close"), ElementsAre(1234.5, 2000));
  EXPECT_THAT(values(read("Date;Close\n2020-01-01;1.5\n2020-01-02;2,000\n"), "close"), ElementsAre(1.5, 2000));
  EXPECT_THAT(values(read("Date;Close\n2020-01-01;1.125\n2020-01-02;2\n"), "close"), ElementsAre(1.125, 2));
  const std::string unclear = "Date;Close\n2020-01-01;1,234\n2020-01-02;2\n";
  EXPECT_EQ(error_of(unclear),
            "t.csv:2:2: \"1,234\" may have a decimal comma or separate thousands: set decimal to comma or point");
  EXPECT_THAT(values(read(unclear, {.decimal = "comma"}), "close"), ElementsAre(1.234, 2));
  EXPECT_THAT(values(read(unclear, {.decimal = "point"}), "close"), ElementsAre(1234, 2));
  EXPECT_EQ(
      error_of("Date;Close\n2020-01-01;1.5\n2020-01-02;2,5\n"),
      "t.csv:3:2: \"2,5\" has a decimal comma and \"1.5\" (line 2) a decimal point: set decimal to point or comma");
  EXPECT_EQ(error_of("Date,Close\n2020-01-01,\"1,5\"\n2020-01-02,2\n"),
            "t.csv:2:2: column \"Close\": got \"1,5\", expected a number");
  EXPECT_THAT(values(read("Date,Close\n2020-01-01,\"1,5\"\n2020-01-02,2\n", {.decimal = "comma"}), "close"),
              ElementsAre(1.5, 2));
}

TEST_F(ReadPrices, SaysWhichCellCannotBeRead) {
  EXPECT_EQ(error_of("Date,Open,Close\n2020-01-01,1,1\n2020-01-02,1,12a\n"),
            "t.csv:3:3: column \"Close\": got \"12a\", expected a number");
  EXPECT_EQ(error_of("Date,Close\n2020-01-01,1\n2020-02-30,1\n"),
            "t.csv:3:1: got \"2020-02-30\", which is no day of the calendar");
  EXPECT_EQ(error_of("Date,Close\n2020-01-01,1\n2020-02-28\n"), "t.csv:3: got 1 fields, expected 2 as in the header");
  EXPECT_EQ(error_of("Date,Close\n01/02/2020,1\n01/03/2020,1\n"),
            "t.csv:2:1: \"01/02/2020\" can be month/day/year or day/month/year, and no other row tells which: set "
            "date_format to mdy or dmy");
  EXPECT_THAT(dates(read("Date,Close\n01/02/2020,1\n01/03/2020,1\n", {.date_format = "dmy"})),
              ElementsAre("2020-02-01", "2020-03-01"));
}

TEST_F(ReadPrices, SaysWhatIsWrongWithTheFileAsAWhole) {
  EXPECT_EQ(error_of(""), "t.csv: the file is empty, expected a header line and rows");
  EXPECT_EQ(error_of("Date,Close\n"), "t.csv: a header and no rows");
  EXPECT_EQ(error_of("Date,Close\n2020-01-01,1\n"),
            "t.csv: 1 of 1 rows can be used, expected 2 or more (0 missing, 0 duplicate, 0 not above 0)");
  EXPECT_EQ(error_of("Date,Close\n2020-01-01,\n2020-01-02,0\n2020-01-03,3\n"),
            "t.csv: 1 of 3 rows can be used, expected 2 or more (1 missing, 0 duplicate, 1 not above 0)");
  EXPECT_EQ(error_of("Date,Kurs,Volume\n2020-01-01,1,1\n2020-01-02,1,1\n"),
            "t.csv:1: no close column; the columns are \"Date\", \"Kurs\", \"Volume\": say which it is by "
            "data.read.columns={close: \"...\"}");
  EXPECT_EQ(
      error_of("No data\n"),
      "t.csv:1: no date column; the columns are \"No data\": say which it is by data.read.columns={date: \"...\"}");
  EXPECT_EQ(error_of("Date,Close,close\n2020-01-01,1,1\n2020-01-02,1,1\n"),
            "t.csv:1: two columns of one name: \"Close\" (field 2) and \"close\" (field 3); rename one of them");
  EXPECT_EQ(error_of("Price,Close,Close\nTicker,A,B\nDate,,\n2020-01-01,1,1\n"),
            "t.csv:2:3: several tickers (\"A\" and \"B\") in one file, expected one: save one file a ticker");
  EXPECT_THROW(read_prices(folder_.path() / "absent.csv"), DataError);
  EXPECT_THROW(read_prices(folder_.path()), DataError);
}

TEST_F(ReadPrices, OptionsAreCheckedAndReadFromYaml) {
  EXPECT_EQ(error_of<ConfigError>("", {.date_format = "us"}),
            "date_format: got \"us\", expected one of auto, ymd, mdy, dmy, unix");
  EXPECT_EQ(error_of<ConfigError>("", {.delimiter = "|"}), "delimiter: got \"|\", expected one of auto, ,, ;, tab");
  const auto node = parse_config("columns: {close: My price}\nmissing: error\n", "c.yaml");
  const auto options = read_options<PriceReadOptions>(node);
  EXPECT_EQ(options.columns.at("close"), "My price");
  EXPECT_EQ(options.missing, "error");
  EXPECT_THAT(message_of<ConfigError>(
                  [&] { read_options<PriceReadOptions>(parse_config("columns: {clsoe: My price}\n", "c.yaml")); }),
              HasSubstr("got the name \"clsoe\""));
}

}  // namespace
}  // namespace recur::this_file
