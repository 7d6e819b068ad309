#include <gtest/gtest.h>

#include "datasets/stock/calendar.h"

namespace recur::this_file {
namespace {

TEST(Calendar, KnownDates) {
  struct Day {
    int64_t year, month, day, time;  // time: what `date -u -d DATE +%s` prints
    const char* iso;
    int64_t weekday;
  };
  for (const auto& d :
       {Day{1970, 1, 1, 0, "1970-01-01", 3}, Day{2000, 2, 29, 951'782'400, "2000-02-29", 1},
        Day{2020, 1, 31, 1'580'428'800, "2020-01-31", 4}, Day{2023, 1, 1, 1'672'531'200, "2023-01-01", 6},
        Day{1929, 10, 29, -1'267'833'600, "1929-10-29", 1}, Day{1969, 12, 31, -86'400, "1969-12-31", 2}}) {
    ASSERT_EQ(time_of_date(d.year, d.month, d.day), d.time) << d.iso;
    for (const int64_t second : {0, 1, 86'399}) {
      EXPECT_EQ(iso_date(d.time + second), d.iso);
      EXPECT_EQ(day_of_week(d.time + second), d.weekday) << d.iso;
      EXPECT_EQ(day_of_month(d.time + second), d.day);
      EXPECT_EQ(month_of_year(d.time + second), d.month);
    }
  }
}

TEST(Calendar, ThereAreDaysThatAreNot) {
  EXPECT_EQ(time_of_date(2021, 2, 29), std::nullopt);
  EXPECT_EQ(time_of_date(1900, 2, 29), std::nullopt);
  EXPECT_EQ(time_of_date(2020, 4, 31), std::nullopt);
  EXPECT_EQ(time_of_date(2020, 13, 1), std::nullopt);
  EXPECT_EQ(time_of_date(2020, 0, 1), std::nullopt);
  EXPECT_EQ(time_of_date(2020, 1, 0), std::nullopt);
  EXPECT_EQ(time_of_date(0, 1, 1), std::nullopt);
}

TEST(Calendar, WritesTheTimeOnlyIfThereIsOne) {
  EXPECT_EQ(iso_date_time(1'580'428'800), "2020-01-31");
  EXPECT_EQ(iso_date_time(1'580'428'800 + 15 * 3600 + 30 * 60 + 5), "2020-01-31 15:30:05");
  EXPECT_EQ(iso_date_time(-1), "1969-12-31 23:59:59");
}

}  // namespace
}  // namespace recur::this_file
