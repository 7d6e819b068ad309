#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "datasets/stock/numbers.h"

namespace recur::this_file {
namespace {

TEST(Numbers, ReadsWhatPriceTablesWrite) {
  const std::vector<std::pair<std::string, double>> cases{
      {"1", 1},
      {"29.817499", 29.817499},
      {".5", 0.5},
      {"5.", 5},
      {"-2.57%", -2.57},
      {"+1.29%", 1.29},
      {"7.57M", 7'570'000},
      {"1.13M", 1'130'000},
      {"950K", 950'000},
      {"1.2b", 1.2e9},
      {"2T", 2e12},
      {"7,380,500", 7'380'500},
      {"1,008.64", 1008.64},
      {"12,34,567.50", 1'234'567.5},  // lakh and crore
      {"1 234 567.5", 1'234'567.5},
      {"1\u00A0234", 1234},
      {"$123.45", 123.45},
      {"-$1.50", -1.5},
      {"\u20AC 99", 99},
      {"99 \u20AC", 99},
      {"\u22121.5", -1.5},
      {"1.2E+07", 1.2e7},
      {"1e-3", 0.001},
      {" 5 ", 5},
      {"0", 0},
  };
  for (const auto& [text, value] : cases) EXPECT_EQ(parse_number(text), value) << text;
  EXPECT_EQ(parse_number("inf"), INFINITY);
  EXPECT_EQ(parse_number("-Infinity"), -INFINITY);
  EXPECT_EQ(parse_number("1e999"), INFINITY);
}

TEST(Numbers, ReadsDecimalCommas) {
  EXPECT_EQ(parse_number("1.234,56", DecimalMark::kComma), 1234.56);
  EXPECT_EQ(parse_number("1234,5", DecimalMark::kComma), 1234.5);
  EXPECT_EQ(parse_number("0,5%", DecimalMark::kComma), 0.5);
  EXPECT_EQ(parse_number("7,57M", DecimalMark::kComma), 7'570'000);
  EXPECT_EQ(parse_number("1,234.56", DecimalMark::kComma), std::nullopt);
}

TEST(Numbers, RefusesWhatIsNoNumber) {
  for (const std::string text :
       {"",  " ", "abc", "1.2.3", "1,5", "1,23,45", "1,2345", ",123", "1,,234", "--1",   "+-1", "M",
        "%", "$", "1M5", "12x",   "1e",  "0x10",    "1_000",  "1e3K", "12 34",  "1.5 2", "nan"}) {
    EXPECT_EQ(parse_number(text), std::nullopt) << '"' << text << '"';
  }
}

TEST(Numbers, SaysWhatANumberTellsOfItsMark) {
  const auto point = DecimalMark::kPoint, comma = DecimalMark::kComma;
  const std::vector<std::pair<std::string, std::optional<DecimalMark>>> cases{
      {"1.234,56", comma}, {"1,234.56", point}, {"1.234.567", comma}, {"1,234,567", point},
      {"0,5", comma},      {"0.5", point},      {"12,34", comma},     {"1234,567", comma},
      {"0,123", comma},    {"7,57M", comma},    {"1,234", {}},        {"1.234", {}},
      {"123,456", {}},     {"1234", {}},        {"abc", {}},          {"", {}},
      {"-1,5%", comma},
  };
  for (const auto& [text, mark] : cases) EXPECT_EQ(decimal_mark_of(text), mark) << text;
}

TEST(Numbers, KnowsMissingValues) {
  for (const std::string text : {"", " ", "-", "--", "null", "NULL", "N/A", "n/a", "#N/A", "NaN", "None", "NA"}) {
    EXPECT_TRUE(is_missing(text)) << text;
  }
  for (const std::string text : {"0", "-1", "x", "nullable"}) EXPECT_FALSE(is_missing(text)) << text;
}

}  // namespace
}  // namespace recur::this_file
