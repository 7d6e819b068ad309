#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/files.h"
#include "tests/trainers/log_folder.h"
#include "trainers/log/metrics_csv.h"
#include "trainers/log/metrics_log.h"

namespace recur::this_file {
namespace {

class MetricsLogTest : public ::testing::Test {
 protected:
  LogFolder folder_;
  std::filesystem::path path_ = folder_.path() / "metrics.jsonl";
};

TEST_F(MetricsLogTest, EachRowIsOneLineAndOnItsWayToTheDiskAtOnce) {
  MetricsLog log(path_);
  log.append({.step = 10, .epoch = 1, .values = {{"train/loss", 0.5}, {"bad", NAN}, {"worse", INFINITY}}});
  EXPECT_EQ(read_file(path_), "{\"step\":10,\"epoch\":1,\"bad\":null,\"train/loss\":0.5,\"worse\":null}\n");
  log.append({.step = 20, .epoch = 1, .values = {{"train/loss", 0.1}}});
  const auto rows = read_metrics(path_);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[1].step, 20);
  EXPECT_EQ(rows[1].values.at("train/loss"), 0.1) << "the same bits come back";
  EXPECT_TRUE(std::isnan(rows[0].values.at("bad")));
}

TEST_F(MetricsLogTest, AResumedRunDropsWhatCameAfterItsCheckpoint) {
  {
    MetricsLog log(path_);
    for (int64_t step : {10, 20, 30, 40}) log.append({.step = step, .epoch = 0, .values = {{"loss", 1.0 / step}}});
  }
  MetricsLog(path_, 20).append({.step = 30, .epoch = 0, .values = {{"loss", 7}}});
  const auto rows = read_metrics(path_);
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[1].values.at("loss"), 1.0 / 20);
  EXPECT_EQ(rows[2].values.at("loss"), 7);
}

TEST_F(MetricsLogTest, AHalfWrittenLastLineIsDropped) {
  write_file_atomically(path_, "{\"step\":10,\"epoch\":0,\"loss\":1}\n{\"step\":20,\"epo");
  EXPECT_EQ(read_metrics(path_).size(), 1u);
  MetricsLog(path_, 100).append({.step = 20, .epoch = 0});
  EXPECT_EQ(read_file(path_), "{\"step\":10,\"epoch\":0,\"loss\":1.0}\n{\"step\":20,\"epoch\":0}\n");
}

TEST_F(MetricsLogTest, AFreshRunStartsAnEmptyFile) {
  write_file_atomically(path_, "{\"step\":10,\"epoch\":0}\n");
  MetricsLog log(path_);
  EXPECT_EQ(read_file(path_), "");
}

TEST_F(MetricsLogTest, AnAbsentFileHasNoRowsAndCanBeResumedInto) {
  EXPECT_TRUE(read_metrics(path_).empty());
  MetricsLog log(path_, 5);
  EXPECT_EQ(read_file(path_), "");
}

TEST_F(MetricsLogTest, ADamagedLineIsNamedByFileAndRow) {
  for (const char* line : {"not json", "[1]", "{\"step\":1}", "{\"step\":1,\"epoch\":0,\"loss\":\"low\"}"}) {
    write_file_atomically(path_, std::string("{\"step\":1,\"epoch\":0}\n") + line + "\n");
    try {
      read_metrics(path_);
      FAIL() << line;
    } catch (const DataError& error) {
      EXPECT_THAT(error.what(), ::testing::HasSubstr("metrics.jsonl:2: "));
    }
  }
}

TEST_F(MetricsLogTest, AValueMayNotTakeTheRowsOwnNames) {
  MetricsLog log(path_);
  EXPECT_THROW(log.append({.step = 1, .epoch = 0, .values = {{"epoch", 1}}}), Error);
  EXPECT_EQ(read_file(path_), "");
}

TEST_F(MetricsLogTest, AFileThatCannotBeWrittenIsNamed) {
  try {
    MetricsLog("/proc/no/such/folder/metrics.jsonl");
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr("/proc/no/such/folder/metrics.jsonl"));
  }
}

TEST(MetricsCsv, HasALinePerRowAndAnEmptyCellForWhatWasNotMeasured) {
  EXPECT_EQ(metrics_csv({{10, 0, {{"train/loss", 0.1}, {"a \"b\", c", 1e-20}}},
                         {20, 1, {{"validation/rmse", 1.0 / 3}, {"train/loss", NAN}}}}),
            "step,epoch,\"a \"\"b\"\", c\",train/loss,validation/rmse\n"
            "10,0,1e-20,0.1,\n"
            "20,1,,,0.3333333333333333\n");
  EXPECT_EQ(metrics_csv({}), "step,epoch\n");
}

}  // namespace
}  // namespace recur::this_file
