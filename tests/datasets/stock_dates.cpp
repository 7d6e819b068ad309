#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "datasets/stock/calendar.h"
#include "datasets/stock/dates.h"
#include "tests/datasets/temporary_folder.h"

namespace recur::this_file {
namespace {

std::vector<DateCell> cells_of(const std::vector<std::string>& texts) {
  std::vector<DateCell> cells;
  for (const auto& text : texts) cells.push_back({text, {"t.csv", static_cast<int64_t>(cells.size()) + 2, 1}});
  return cells;
}

std::vector<std::string> read(const std::vector<std::string>& texts, const std::string& format = "auto") {
  std::vector<std::string> dates;
  for (const auto time : parse_dates(cells_of(texts), format)) dates.push_back(iso_date_time(time));
  return dates;
}

std::string error_of(const std::vector<std::string>& texts, const std::string& format = "auto") {
  return message_of<DataError>([&] { parse_dates(cells_of(texts), format); });
}

using Texts = std::vector<std::string>;

TEST(Dates, ReadsOneDateWrittenInManyWays) {
  for (const std::string text : {"2020-01-31",
                                 "2020/01/31",
                                 "2020.01.31",
                                 "2020/1/31",
                                 "20200131",
                                 "01/31/2020",
                                 "1/31/2020",
                                 "01/31/20",
                                 "1-31-2020",
                                 "31/01/2020",
                                 "31.01.2020",
                                 "31-1-20",
                                 "Jan 31, 2020",
                                 "January 31, 2020",
                                 "jan 31 2020",
                                 "31-Jan-2020",
                                 "31-Jan-20",
                                 "31 January 2020",
                                 "2020-Jan-31",
                                 "1580428800",
                                 "1580428800000",
                                 "1580428800.0",
                                 "2020-01-31T00:00:00Z",
                                 "2020-01-31 00:00:00-05:00",
                                 "2020-01-31 00:00:00+0100",
                                 "20200131 000000"}) {
    EXPECT_EQ(read({text}), Texts{"2020-01-31"}) << text;
  }
}

TEST(Dates, KeepsTheTimeOfDayAsWritten) {
  for (const std::string text :
       {"2020-01-31 15:30:00", "2020-01-31T15:30:00-05:00", "2020-01-31T15:30:00.000Z", "2020-01-31 15:30",
        "1/31/2020 3:30 PM", "2020-01-31 15:30:00 EST", "2020-01-31 15:30:00 America/New_York",
        "01/31/2020, 03:30:00 pm", "20200131 153000"}) {
    EXPECT_EQ(read({text}), Texts{"2020-01-31 15:30:00"}) << text;
  }
  EXPECT_EQ(parse_time_of_day("000000"), 0);
  EXPECT_EQ(parse_time_of_day("153000"), 55'800);
  EXPECT_EQ(parse_time_of_day("12:00 AM"), 0);
  EXPECT_EQ(parse_time_of_day("12:30 PM"), 45'000);
  for (const std::string text : {"", "25:00", "12:60", "1", "noon", "13:00 PM", "12:0"}) {
    EXPECT_EQ(parse_time_of_day(text), std::nullopt) << text;
  }
}

TEST(Dates, OneRowAboveTwelveDecidesForAll) {
  EXPECT_EQ(read({"03/04/2020", "03/13/2020"}), (Texts{"2020-03-04", "2020-03-13"}));
  EXPECT_EQ(read({"03/04/2020", "13/04/2020"}), (Texts{"2020-04-03", "2020-04-13"}));
}

TEST(Dates, ElseTheOrderThatRunsDecides) {
  EXPECT_EQ(read({"01/11/2020", "02/11/2020", "01/12/2020"}), (Texts{"2020-11-01", "2020-11-02", "2020-12-01"}));
  EXPECT_EQ(read({"12/01/2020", "11/02/2020", "11/01/2020"}), (Texts{"2020-12-01", "2020-11-02", "2020-11-01"}))
      << "newest first";
}

TEST(Dates, ElsePointsAreDayMonthYear) {
  EXPECT_EQ(read({"01.02.2020", "02.02.2020", "03.02.2020"}), (Texts{"2020-02-01", "2020-02-02", "2020-02-03"}));
}

TEST(Dates, ElseItAsks) {
  EXPECT_EQ(error_of({"01/01/2020", "01/02/2020", "01/03/2020"}),
            "t.csv:3:1: \"01/02/2020\" can be month/day/year or day/month/year, and no other row tells which: set "
            "date_format to mdy or dmy");
  EXPECT_EQ(read({"01/02/2020", "01/03/2020"}, "mdy"), (Texts{"2020-01-02", "2020-01-03"}));
  EXPECT_EQ(read({"01/02/2020", "01/03/2020"}, "dmy"), (Texts{"2020-02-01", "2020-03-01"}));
  EXPECT_EQ(read({"01/01/2020", "02/02/2020"}), (Texts{"2020-01-01", "2020-02-02"})) << "both orders say the same";
}

TEST(Dates, TwoOrdersInOneColumnAreAnError) {
  EXPECT_EQ(
      error_of({"13/01/2020", "01/14/2020"}),
      "t.csv:3:1: the dates have two orders: \"13/01/2020\" (line 2) is day/month/year and \"01/14/2020\" (line 3) "
      "is month/day/year; make them one");
}

TEST(Dates, YearsOfTwoDigitsAre1969To2068) {
  EXPECT_EQ(read({"1/31/69", "1/31/99", "1/31/00", "1/31/68"}, "mdy"),
            (Texts{"1969-01-31", "1999-01-31", "2000-01-31", "2068-01-31"}));
}

TEST(Dates, UnixTimeIsReadAsSaid) {
  EXPECT_EQ(read({"86400"}, "unix"), Texts{"1970-01-02"});
  EXPECT_EQ(read({"20200131"}, "unix"), Texts{"1970-08-22 19:08:51"});
  EXPECT_EQ(error_of({"2020-01-31"}, "unix"),
            "t.csv:2:1: got \"2020-01-31\", expected a date such as 1580428800 (date_format: unix)");
}

TEST(Dates, SaysWhatIsNoDate) {
  const std::string expected = ", expected a date such as 2020-01-31, 20200131, 01/31/2020 or 31-Jan-2020";
  for (const std::string text : {"today", "2020", "2020-01", "2020-01-31x", "31-Foo-2020", "1/2/3", "2020-01-31 25:00",
                                 "Jan Feb 2020", "01312020202020", "1/31/2", "2020-001-31", "-", "2020-01-31 EST x"}) {
    EXPECT_EQ(error_of({text}), "t.csv:2:1: got \"" + text + "\"" + expected);
  }
  for (const std::string text : {"2020-02-30", "2021-02-29", "13/13/2020", "20201301", "31-Feb-2020", "0/1/2020"}) {
    EXPECT_EQ(error_of({text}), "t.csv:2:1: got \"" + text + "\", which is no day of the calendar");
  }
  EXPECT_EQ(error_of({"13/01/2020"}, "mdy"),
            "t.csv:2:1: got \"13/01/2020\", which is no day of the calendar (date_format: mdy)");
  EXPECT_EQ(error_of({"13/01/2020"}, "ymd"),
            "t.csv:2:1: got \"13/01/2020\", expected a date such as 2020-01-31 (date_format: ymd)");
}

}  // namespace
}  // namespace recur::this_file
