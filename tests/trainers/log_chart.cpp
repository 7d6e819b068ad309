#include <cmath>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "trainers/log/chart.h"
#include "trainers/log/chart_axis.h"

namespace recur::this_file {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::vector<std::string> labels(const Axis& axis) {
  std::vector<std::string> found;
  for (const Tick& tick : axis.ticks) found.push_back(tick.label);
  return found;
}

size_t count(const std::string& text, const std::string& part) {
  size_t found = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

TEST(LogChartAxis, TicksAreRoundNumbersWithTheSameDecimals) {
  EXPECT_THAT(nice_ticks(0.13, 0.97, 4), ElementsAre(0.25, 0.5, 0.75));
  EXPECT_THAT(labels(number_axis(0.13, 1.97, 4, true, false)), ElementsAre("0", "0.5", "1.0", "1.5", "2.0"));
  EXPECT_THAT(labels(number_axis(11'300, 12'900, 4, true, false)),
              ElementsAre("11.0k", "11.5k", "12.0k", "12.5k", "13.0k"));
  EXPECT_THAT(labels(number_axis(-1200, 1900, 4, true, false)), ElementsAre("−2,000", "−1,000", "0", "1,000", "2,000"));
  EXPECT_THAT(labels(number_axis(1e-7, 3e-7, 4, true, false)), ElementsAre("1e-7", "1.5e-7", "2e-7", "2.5e-7", "3e-7"));
}

TEST(LogChartAxis, ThereIsNoTickBetweenTwoWholeNumbersWhereThatMakesNoSense) {
  EXPECT_THAT(labels(number_axis(1, 3, 6, false, true)), ElementsAre("1", "2", "3"));
  EXPECT_THAT(labels(number_axis(60, 60, 5, false, true)), ElementsAre("55", "60", "65"));
}

TEST(LogChartAxis, ALogAxisShowsPowersOfTenOrWhatFits) {
  EXPECT_THAT(labels(log_axis(-5, 4, 5)), ElementsAre("1e-4", "0.01", "1", "100", "1e4"));
  EXPECT_THAT(labels(log_axis(0, 2, 5)), ElementsAre("1", "2", "5", "10", "20", "50", "100"));
  EXPECT_THAT(labels(log_axis(std::log10(12), std::log10(15), 5)), ElementsAre("12", "13", "14", "15"));
}

TEST(LogChartAxis, DatesStartYearsMonthsAndWeeks) {
  EXPECT_EQ(days_since_1970(1970, 1, 1), 0);
  EXPECT_EQ(days_since_1970(2000, 3, 1), 11017);
  EXPECT_THAT(labels(date_axis(days_since_1970(2002, 5, 23), days_since_1970(2024, 2, 1), 4)),
              ElementsAre("2005", "2010", "2015", "2020"));
  EXPECT_THAT(labels(date_axis(days_since_1970(2023, 11, 20), days_since_1970(2024, 4, 5), 5)),
              ElementsAre("Dec 2023", "Jan 2024", "Feb 2024", "Mar 2024", "Apr 2024"));
  EXPECT_THAT(labels(date_axis(days_since_1970(2024, 1, 20), days_since_1970(2024, 2, 6), 3)),
              ElementsAre("22 Jan 2024", "29 Jan", "5 Feb"));  // Mondays
}

TEST(LogChart, DrawsLinesBandsMarksAndLegend) {
  const Chart chart{.title = "Forecast",
                    .series = {{.name = "close", .x = {0, 1, 2}, .y = {1, 2, 3}},
                               {.name = "forecast", .x = {1, 2}, .y = {2, 2.5}, .style = LineStyle::kDashed}},
                    .bands = {{.name = "80 %", .x = {1, 2}, .low = {1, 1}, .high = {3, 4}, .colour = 1}},
                    .marks = {{1, "today"}, {99, "outside"}}};
  const std::string svg = render_svg(chart);
  EXPECT_THAT(svg, HasSubstr("xmlns=\"http://www.w3.org/2000/svg\""));
  EXPECT_THAT(svg, HasSubstr("prefers-color-scheme:dark"));
  for (const char* part :
       {">close<", ">forecast<", ">80 %<", ">today<", "class=\"line c1 dashed\" d=\"M", "class=\"band c1\" d=\"M"}) {
    EXPECT_THAT(svg, HasSubstr(part));
  }
  EXPECT_THAT(svg, Not(HasSubstr("outside")));
  EXPECT_THAT(render_svg(chart, false), Not(HasSubstr("<style>")));
}

TEST(LogChart, APageHasANarrowOneForPhones) {
  const Chart chart{.title = "A title that is far too long for the width of a phone",
                    .series = {{.name = "a", .x = {0, 1}, .y = {0, 1}}, {.name = "b", .x = {0}, .y = {0}}},
                    .width = 1040,
                    .height = 340};
  const std::string svg = render_svg(chart, false);
  EXPECT_THAT(svg, HasSubstr("class=\"chart broad\" viewBox=\"0 0 1040 340\""));
  EXPECT_THAT(svg, HasSubstr("class=\"chart narrow\" viewBox=\"0 0 320 269\"")) << "a row more for the title";
  EXPECT_EQ(count(svg, "class=\"title\""), 3u) << "one line, and two on a phone";
  EXPECT_EQ(count(svg, "style=\"font-size:"), 0u);
  const std::string word = render_svg({.title = std::string(60, 'a'), .width = 320});
  EXPECT_EQ(count(word, "style=\"font-size:"), 1u) << "a word that cannot be parted is made to fit";
  EXPECT_EQ(count(render_svg(chart), "<svg"), 1u) << "a file of its own is one picture";
}

TEST(LogChart, AValueThatIsNotFiniteLeavesAGapAndNeverReachesTheText) {
  const std::string svg = render_svg({.series = {{.x = {0, 1, 2, 3, 4}, .y = {1, 2, NAN, 3, INFINITY}}}});
  EXPECT_THAT(svg, Not(::testing::AnyOf(HasSubstr("nan"), HasSubstr("inf"))));
  EXPECT_EQ(count(svg, "class=\"line c0\" d=\"M"), 1u);
  EXPECT_EQ(count(svg, "class=\"dot c0\""), 1u) << "the lone point at x = 3";
}

TEST(LogChart, ALogAxisPassesOverZero) {
  const std::string svg = render_svg({.series = {{.x = {0, 1, 2, 3}, .y = {0, -1, 10, 1000}}}, .y_axis = YAxis::kLog});
  EXPECT_THAT(svg, Not(::testing::AnyOf(HasSubstr("nan"), HasSubstr("inf"))));
  EXPECT_THAT(svg, HasSubstr(">100<"));
}

TEST(LogChart, WithoutValuesItSaysSo) {
  EXPECT_THAT(render_svg({.title = "empty"}), HasSubstr("no data"));
  EXPECT_THAT(render_svg({.series = {{.name = "a", .x = {1}, .y = {NAN}}}}), HasSubstr("no data"));
}

TEST(LogChart, MillionsOfPointsMakeASmallPicture) {
  ChartSeries series{.name = "loss"};
  for (int i = 0; i < 1'000'000; ++i) series.x.push_back(i), series.y.push_back(std::sin(i) + (i == 777'777 ? 50 : 0));
  const std::string svg = render_svg({.series = {series}});
  EXPECT_LT(svg.size(), 60'000u);
  EXPECT_THAT(svg, HasSubstr(">60<")) << "a lone peak is still drawn, so the axis reaches up to it";
}

TEST(LogChart, TextsAreEscaped) {
  const std::string svg =
      render_svg({.title = "<script>",
                  .series = {{.name = "a & \"b\"", .x = {0, 1}, .y = {0, 1}}, {.name = "c", .x = {0}, .y = {0}}}});
  EXPECT_THAT(svg, Not(HasSubstr("<script")));
  EXPECT_THAT(svg, HasSubstr("a &amp; &quot;b&quot;"));
}

TEST(LogChart, ColumnsOfDifferentLengthAreAnError) {
  EXPECT_THROW(render_svg({.series = {{.name = "a", .x = {0, 1}, .y = {0}}}}), Error);
  EXPECT_THROW(render_svg({.bands = {{.name = "a", .x = {0, 1}, .low = {0, 1}, .high = {0}}}}), Error);
}

TEST(LogChart, SmoothingDoesNotLagAndKeepsAConstant) {
  for (const double v : smooth({3, 3, 3, 3}, 0.9)) EXPECT_DOUBLE_EQ(v, 3);
  const auto line = smooth({0, 1, 2, 3, 4, 5, 6}, 0.5);
  EXPECT_DOUBLE_EQ(line[3], 3);
  const auto gap = smooth({1, NAN, 3}, 0.5);
  EXPECT_TRUE(std::isnan(gap[1]));
  EXPECT_TRUE(std::isfinite(gap[2]));
}

}  // namespace
}  // namespace recur::this_file
