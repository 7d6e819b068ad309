#include "datasets/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/datasets/temporary_folder.h"

namespace recur::this_file {
namespace {

using testing::ElementsAre;

std::string error_of(std::string_view text, const CsvFormat& format = {}) {
  return message_of<DataError>([&] { parse_csv(text, "t.csv", format); });
}

TEST(Csv, GivesHeaderAndRowsWithTheirLines) {
  const auto table = parse_csv("a,b\n1,2\n3,4", "t.csv");
  EXPECT_EQ(table.delimiter, ',');
  EXPECT_EQ(table.header.line, 1);
  EXPECT_THAT(table.header.fields, ElementsAre("a", "b"));
  ASSERT_EQ(table.rows.size(), 2u);
  EXPECT_EQ(table.rows[0].line, 2);
  EXPECT_THAT(table.rows[1].fields, ElementsAre("3", "4"));
  EXPECT_EQ(table.rows[1].line, 3);
}

TEST(Csv, ReadsEveryKindOfLineEndAlike) {
  for (const std::string end : {"\n", "\r\n", "\r"}) {
    const auto table = parse_csv("a,b" + end + "1,2" + end + "3,4" + end, "t.csv");
    ASSERT_EQ(table.rows.size(), 2u);
    EXPECT_THAT(table.rows[1].fields, ElementsAre("3", "4"));
    EXPECT_EQ(table.rows[1].line, 3);
  }
}

TEST(Csv, SkipsTheByteOrderMarkAndBlankLines) {
  const auto table = parse_csv("\xEF\xBB\xBF\r\n  \r\n\"a\",b\r\n\r\n1,2\r\n \r\n3,4\r\n\r\n", "t.csv");
  EXPECT_THAT(table.header.fields, ElementsAre("a", "b"));
  EXPECT_EQ(table.header.line, 3);
  ASSERT_EQ(table.rows.size(), 2u);
  EXPECT_EQ(table.rows[0].line, 5);
  EXPECT_EQ(table.rows[1].line, 7);
}

TEST(Csv, QuotedFieldsHoldDelimitersDoubledQuotesAndLineEnds) {
  const auto table = parse_csv("a,b\n\"x, \"\"y\"\"\",\"one\ntwo\"\n3,\"\"\n", "t.csv");
  ASSERT_EQ(table.rows.size(), 2u);
  EXPECT_THAT(table.rows[0].fields, ElementsAre("x, \"y\"", "one\ntwo"));
  EXPECT_EQ(table.rows[0].line, 2);
  EXPECT_THAT(table.rows[1].fields, ElementsAre("3", ""));
  EXPECT_EQ(table.rows[1].line, 4);
}

TEST(Csv, FindsTheDelimiterInTheHeader) {
  EXPECT_EQ(parse_csv("a;b;c\n1,5;2;3\n", "t.csv").delimiter, ';');
  EXPECT_EQ(parse_csv("a\tb, c\td\n1\t2\t3\n", "t.csv").delimiter, '\t');
  EXPECT_EQ(parse_csv("\"a;b;c\",d\n1,2\n", "t.csv").delimiter, ',') << "quoted delimiters do not count";
  EXPECT_EQ(parse_csv("\n\na;b\n1;2\n", "t.csv").delimiter, ';');
  EXPECT_EQ(parse_csv("a\n1\n", "t.csv").delimiter, ',');
}

TEST(Csv, EmptyFieldsStayWhateverTheDelimiter) {
  EXPECT_THAT(parse_csv("a\tb\tc\n\t2\t\n", "t.csv").rows[0].fields, ElementsAre("", "2", ""));
  EXPECT_THAT(parse_csv("a,b,c\n,,\n", "t.csv").rows[0].fields, ElementsAre("", "", ""));
}

TEST(Csv, TrimsBlanksAroundUnquotedFieldsOnly) {
  EXPECT_THAT(parse_csv("a, b ,c\n 1 ,\" 2 \", 3\n", "t.csv").rows[0].fields, ElementsAre("1", " 2 ", "3"));
}

TEST(Csv, SaysWhichRowHasTheWrongNumberOfFields) {
  EXPECT_EQ(error_of("a,b,c\n1,2,3\n\n1,2\n"), "t.csv:4: got 2 fields, expected 3 as in the header");
  EXPECT_EQ(error_of("a,b\n1,2,\n"), "t.csv:2: got 3 fields, expected 2 as in the header");
}

TEST(Csv, SaysWhereAQuoteIsNotClosedOrStray) {
  const std::string reason =
      ": a quote that is not closed, or stands inside an unquoted field: put the whole field in quotes and double the "
      "quotes inside it";
  EXPECT_EQ(error_of("a,b\n1,2\n\"3,4\n5,6\n"), "t.csv:3" + reason);
  EXPECT_EQ(error_of("a,b\n1,2\"x\n"), "t.csv:2" + reason);
}

TEST(Csv, SaysWhichLineIsNotText) {
  EXPECT_EQ(error_of(std::string_view("a,b\n1,\0\n", 8)), "t.csv:2: a NUL byte, expected text: is this a CSV file?");
  EXPECT_EQ(error_of("a,b\n1,2\nK\xF6ln,3\n"), "t.csv:3: byte 0xF6 is not UTF-8: save the file as \"CSV UTF-8\"");
  EXPECT_EQ(error_of(std::string_view("\xFF\xFE\x61\x00", 4)),
            "t.csv: the file is UTF-16, expected UTF-8: save it as \"CSV UTF-8\"");
  EXPECT_EQ(error_of("a\n\xED\xA0\x80\n").substr(0, 7), "t.csv:2") << "a surrogate";
  EXPECT_EQ(error_of("a\n\xC0\xAF\n").substr(0, 7), "t.csv:2") << "an overlong form";
  EXPECT_EQ(error_of("a\n\xE2\x82").substr(0, 7), "t.csv:2") << "cut short";
  EXPECT_EQ(parse_csv("a\n\xE2\x82\xAC \xF0\x9F\x98\x80\n", "t.csv").rows[0].fields[0],
            "\xE2\x82\xAC \xF0\x9F\x98\x80");
}

TEST(Csv, SaysThatAFileIsEmptyOrAbsent) {
  EXPECT_EQ(error_of(""), "t.csv: the file is empty, expected a header line and rows");
  EXPECT_EQ(error_of("\xEF\xBB\xBF\n \n"), "t.csv: the file is empty, expected a header line and rows");
  EXPECT_THROW(read_csv("/no/such/file.csv"), DataError);
}

TEST(Csv, WithoutAHeaderTheFirstRowIsARow) {
  const auto table = parse_csv("1,2\n3,4\n", "t.csv", {.header = false});
  EXPECT_TRUE(table.header.fields.empty());
  ASSERT_EQ(table.rows.size(), 2u);
  EXPECT_THAT(table.rows[0].fields, ElementsAre("1", "2"));
  EXPECT_EQ(error_of("1,2\n3\n", {.header = false}), "t.csv:2: got 1 fields, expected 2 as in the first row");
  EXPECT_EQ(error_of("\n", {.header = false}), "t.csv: the file is empty, expected rows");
}

TEST(Csv, WhereQuotesAreTextTheyStayAndBindNothing) {
  const auto table = parse_csv("a\tb\n\"x\ty \"z\" \"\"\n\"\t\"\n", "t.tsv", {.quotes = false});
  EXPECT_EQ(table.delimiter, '\t');
  ASSERT_EQ(table.rows.size(), 2u);
  EXPECT_THAT(table.rows[0].fields, ElementsAre("\"x", "y \"z\" \"\""));
  EXPECT_THAT(table.rows[1].fields, ElementsAre("\"", "\""));
}

TEST(Csv, ALongFieldDoesNotStopIt) {
  const std::string field(10'000'000, 'x');
  EXPECT_EQ(parse_csv("a,b\n1," + field + "\n", "t.csv").rows[0].fields[1], field);
}

}  // namespace
}  // namespace recur::this_file
