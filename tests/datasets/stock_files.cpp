// The real exports in $RECUR_DATA (or ../shared/data).  What is expected was computed by a separate program: Python's
// csv, datetime and decimal modules.
#include <cstdlib>
#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "datasets/stock/calendar.h"
#include "datasets/stock/read_prices.h"

namespace recur::this_file {
namespace {

struct Expected {
  std::string path;
  int64_t rows;
  std::string first, last;
  double close_low, close_high;
  int64_t row;  // the middle one: its date, open, close and volume
  std::string date;
  double open, close, volume;
  bool newest_first;
  double close_sum, volume_sum;

  friend std::ostream& operator<<(std::ostream& out, const Expected& expected) { return out << expected.path; }
};

const std::vector<Expected> kFiles{
    {"alphavantage/daily_MSFT.csv", 4541, "2000-01-03", "2018-01-19", 15.15, 116.56, 2270, "2009-01-13", 19.52, 19.82,
     65843500.0, true, 180598.3984999999, 233765371142.0},
    {"history/NFLX Historical Data.csv", 5002, "2002-05-24", "2022-04-04", 0.37, 691.69, 2501, "2012-04-30", 11.8,
     11.45, 52691840.0, false, 577804.1699999999, 82726764596.0},
    {"investing/NFLX Historical Data.csv", 744, "2020-01-21", "2022-12-30", 166.37, 691.69, 372, "2021-07-13", 535.76,
     540.68, 2750000.0, true, 321141.36999999994, 5405520000.0},
    {"mixed/Google_Stock_Price_Test.csv", 20, "2017-01-03", "2017-01-31", 786.14, 835.67, 10, "2017-01-18", 805.81,
     806.07, 1294400.0, false, 16158.09, 33197900.0},
    {"mixed/Google_Stock_Price_Train.csv", 1258, "2012-01-03", "2016-12-30", 491.2, 1216.83, 629, "2014-07-07", 582.16,
     580.66, 1064600.0, false, 896538.4400000003, 3972898300.0},
    {"yahoo/AAPL.csv", 1259, "2015-11-23", "2020-11-20", 22.584999, 134.179993, 629, "2018-05-24", 47.192501, 47.037498,
     92936000.0, false, 62524.27995600005, 167967295000.0},
    {"yahoo/AMZN.csv", 1259, "2015-11-23", "2020-11-20", 482.070007, 3531.449951, 629, "2018-05-24", 1598.030029,
     1603.069946, 3430000.0, false, 1892466.949237998, 5575117200.0},
    {"yahoo/FB.csv", 1259, "2015-11-23", "2020-11-20", 94.160004, 303.910004, 629, "2018-05-24", 185.880005, 185.929993,
     12354700.0, false, 212343.56990100004, 27426513700.0},
    {"yahoo/GOOG.csv", 1259, "2015-11-23", "2020-11-20", 668.26001, 1781.380005, 629, "2018-05-24", 1079.0, 1079.23999,
     766800.0, false, 1344959.2136839987, 2116501900.0},
    {"yahoo/MSFT.csv", 1259, "2015-11-23", "2020-11-20", 48.43, 231.649994, 629, "2018-05-24", 98.730003, 98.309998,
     26649300.0, false, 134671.54010100017, 37312607300.0},
    {"yahoo/NFLX.csv", 1259, "2015-11-23", "2020-11-20", 82.790001, 556.549988, 629, "2018-05-24", 344.339996,
     349.290009, 14758600.0, false, 332784.299818, 11791330200.0},
    {"yahoo/NFLX_2018_2022.csv", 1259, "2018-01-02", "2022-12-30", 166.369995, 691.690002, 629, "2020-07-02",
     485.640015, 476.890015, 6351500.0, false, 488180.3096289998, 10329753800.0},
};

class StockFiles : public testing::TestWithParam<Expected> {};

TEST_P(StockFiles, IsReadAsAnotherProgramReadsIt) {
  const auto& expected = GetParam();
  const char* given = std::getenv("RECUR_DATA");
  const auto data = std::filesystem::path(given && *given ? given : RECUR_SOURCE_DIR "/../shared/data");
  const auto path = data / "stocks" / expected.path;
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not there: set RECUR_DATA (recur data list)";

  const auto table = read_prices(path);
  ASSERT_EQ(table.rows(), expected.rows);
  EXPECT_EQ(table.values.size(0), expected.rows);
  EXPECT_EQ(table.report.first_date, expected.first);
  EXPECT_EQ(table.report.last_date, expected.last);
  EXPECT_EQ(table.report.close_low, expected.close_low);
  EXPECT_EQ(table.report.close_high, expected.close_high);
  EXPECT_EQ(iso_date_time(table.times[expected.row]), expected.date);
  EXPECT_EQ(table.column("open")[expected.row].item<double>(), expected.open);
  EXPECT_EQ(table.column("close")[expected.row].item<double>(), expected.close);
  EXPECT_EQ(table.column("volume")[expected.row].item<double>(), expected.volume);
  EXPECT_EQ(table.report.was_descending, expected.newest_first);
  EXPECT_FALSE(table.report.was_unsorted);
  EXPECT_EQ(table.report.missing + table.report.duplicates + table.report.not_finite, 0);
  EXPECT_NEAR(table.column("close").sum().item<double>(), expected.close_sum, 1e-11 * expected.close_sum);
  EXPECT_NEAR(table.column("volume").sum().item<double>(), expected.volume_sum, 1e-11 * expected.volume_sum);
}

std::string test_name(const testing::TestParamInfo<Expected>& info) {
  std::string name;
  for (const char c : info.param.path) name += std::isalnum(static_cast<unsigned char>(c)) ? c : '_';
  return name;
}

INSTANTIATE_TEST_SUITE_P(Datasets, StockFiles, testing::ValuesIn(kFiles), test_name);

}  // namespace
}  // namespace recur::this_file
