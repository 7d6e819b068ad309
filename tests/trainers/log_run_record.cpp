#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/files.h"
#include "tests/trainers/log_folder.h"
#include "trainers/log/run_record.h"

namespace recur::this_file {
namespace {

using ::testing::Contains;
using ::testing::Pair;

RunRecord example() {
  return {.recur = "0.1.0",
          .libtorch = "2.13.0",
          .device = "cpu",
          .threads = 2,
          .parameters = 1234,
          .started = "2026-11-27T15:59:33Z"};
}

TEST(LogRunRecord, ReadsBackWhatWasWritten) {
  LogFolder folder;
  const auto path = folder.path() / "run.json";
  EXPECT_FALSE(read_run_record(path)) << "a run without one";
  write_run_record(path, example());
  auto read = read_run_record(path);
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->result) << "still trained";
  EXPECT_EQ(read->started, "2026-11-27T15:59:33Z");

  for (const auto reason : {StopReason::kEpochs, StopReason::kMaxSteps, StopReason::kMaxMinutes, StopReason::kPatience,
                            StopReason::kInterrupted}) {
    auto record = example();
    record.ended = "2026-11-27T16:00:00Z";
    record.result = {.reason = reason, .epochs = 3, .steps = 1200, .seconds = 65.5, .best_step = 900};
    write_run_record(path, record);
    read = read_run_record(path);
    ASSERT_TRUE(read && read->result);
    EXPECT_EQ(read->result->reason, reason);
    EXPECT_EQ(read->result->seconds, 65.5);
    EXPECT_EQ(read->result->best_step, 900);
    EXPECT_EQ(read->ended, record.ended);
    EXPECT_THAT(result_facts(*read), Contains(Pair("ended by", to_string(reason))));
  }
  EXPECT_THAT(result_facts(*read), Contains(Pair("time", "1:06")));
  EXPECT_THAT(environment_facts(*read), Contains(Pair("LibTorch", "2.13.0")));
}

TEST(LogRunRecord, AFileThatIsNoneIsNamed) {
  LogFolder folder;
  const auto path = folder.path() / "run.json";
  for (const char* text : {"", "[]", "{\"recur\": 1}"}) {
    write_file_atomically(path, text);
    EXPECT_THROW(read_run_record(path), DataError) << text;
  }
}

TEST(LogRunRecord, TheTimeIsThatOfTheWorld) {
  EXPECT_THAT(utc_now(), ::testing::MatchesRegex("20..-..-..T..:..:..Z"));
}

}  // namespace
}  // namespace recur::this_file
