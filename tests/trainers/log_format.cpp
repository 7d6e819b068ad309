#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "trainers/log/format.h"
#include "trainers/log/table.h"

namespace recur::this_file {
namespace {

TEST(LogFormat, CountsHaveTheirThousandsSeparated) {
  EXPECT_EQ(format_count(0), "0");
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(1259), "1,259");
  EXPECT_EQ(format_count(-123456), "-123,456");
  EXPECT_EQ(format_count(std::numeric_limits<int64_t>::min()), "-9,223,372,036,854,775,808");
}

TEST(LogFormat, NumbersKeepTheirSignificantDigits) {
  EXPECT_EQ(format_number(0.5), "0.5000");
  EXPECT_EQ(format_number(14.2), "14.20");
  EXPECT_EQ(format_number(1259.3), "1,259");
  EXPECT_EQ(format_number(12345678), "12,345,678");
  EXPECT_EQ(format_number(-0.00012345), "-0.0001234");
  EXPECT_EQ(format_number(9.99996), "10.00");
  EXPECT_EQ(format_number(1.5e-7), "1.500e-7");
  EXPECT_EQ(format_number(2e12, 2), "2.0e12");
  EXPECT_EQ(format_number(0), "0");
  EXPECT_EQ(format_number(NAN), "nan");
  EXPECT_EQ(format_number(-INFINITY), "-inf");
}

TEST(LogFormat, DurationsReadAsAClock) {
  EXPECT_EQ(format_duration(0.42), "0.4 s");
  EXPECT_EQ(format_duration(43), "43 s");
  EXPECT_EQ(format_duration(59.7), "1:00");
  EXPECT_EQ(format_duration(125), "2:05");
  EXPECT_EQ(format_duration(3723), "1:02:03");
  EXPECT_EQ(format_duration(3 * 86400 + 3723), "3 d 1:02:03");
  EXPECT_EQ(format_duration(NAN), "-");
  EXPECT_EQ(format_duration(-1), "-");
}

TEST(LogFormat, BytesTakeTheUnitThatFits) {
  EXPECT_EQ(format_bytes(812), "812 B");
  EXPECT_EQ(format_bytes(12'340), "12.3 kB");
  EXPECT_EQ(format_bytes(999'700), "1.00 MB");
  EXPECT_EQ(format_bytes(4.07e9), "4.07 GB");
}

TEST(LogFormat, WidthIsInColumnsAndNotInBytes) {
  EXPECT_EQ(display_width("loss"), 4);
  EXPECT_EQ(display_width("Straße"), 6);
  EXPECT_EQ(display_width("翻訳"), 4);
  EXPECT_EQ(display_width("e\u0301"), 1) << "a combining accent takes no column";
  EXPECT_EQ(display_width("\xff\xfe"), 2) << "bytes that are no UTF-8 count one each";
}

TEST(LogFormat, CuttingNeverSplitsACharacter) {
  EXPECT_EQ(fit_width("epoch 3/20", 10), "epoch 3/20");
  EXPECT_EQ(fit_width("epoch 3/20", 6), "epoch…");
  EXPECT_EQ(fit_width("epoch 3/20", 6, false), "epoch.");
  EXPECT_EQ(fit_width("翻訳翻訳", 4), "翻…");
  EXPECT_EQ(fit_width("x", 0), "");
}

TEST(LogFormat, ControlCharactersCannotReachTheTerminal) {
  EXPECT_EQ(printable("a\x1b[2Jb\n\xff é"), "a?[2Jb?? é");
}

TEST(LogTable, NumbersAreAlignedToTheRightAndWordsToTheLeft) {
  const Table table{.header = {"metric", "model", "baseline"},
                    .rows = {{"rmse", "14.20", "15.10"}, {"Genauigkeit für 翻", "0.5312"}, {"p", "1.5e-7", "-"}}};
  EXPECT_EQ(table.to_string(false),
            "metric               model  baseline\n"
            "------------------  ------  --------\n"
            "rmse                 14.20     15.10\n"
            "Genauigkeit für 翻  0.5312\n"
            "p                   1.5e-7         -\n");
}

TEST(LogTable, ABaselineStandsBesideItsMetric) {
  const Table table = metrics_table({{"rmse", 14.2}, {"accuracy", 0.9}, {"balanced_accuracy", 0.8}},
                                    {{"persistence_rmse", 15.1}, {"majority_balanced_accuracy", 0.5}, {"chance", 0.1}});
  EXPECT_EQ(table.header, (std::vector<std::string>{"metric", "model", "baseline", "majority", "persistence"}));
  EXPECT_EQ(table.rows[0], (std::vector<std::string>{"accuracy", "0.9000", "", "", ""}));
  EXPECT_EQ(table.rows[1], (std::vector<std::string>{"balanced_accuracy", "0.8000", "", "0.5000", ""}));
  EXPECT_EQ(table.rows[2], (std::vector<std::string>{"chance", "", "0.1000", "", ""}));
  EXPECT_EQ(table.rows[3], (std::vector<std::string>{"rmse", "14.20", "", "", "15.10"}));
}

TEST(LogTable, AnEmptyTableIsAnEmptyText) {
  EXPECT_EQ(Table{}.to_string(), "");
}

}  // namespace
}  // namespace recur::this_file
