#include <cmath>
#include <cstdlib>
#include <string>

#include <torch/types.h>

#include <gtest/gtest.h>
#include <sys/wait.h>

#include "core/error.h"
#include "core/files.h"
#include "tests/trainers/log_folder.h"
#include "trainers/log/tensorboard.h"

namespace recur::this_file {
namespace {

// A PNG of one red pixel.
std::string red_pixel() {
  constexpr unsigned char kBytes[] = {
      0x89, 'P',  'N',  'G', 0x0D, 0x0A, 0x1A, 0x0A, 0,    0,    0,    13,   'I',  'H',  'D',  'R',  0,    0,
      0,    1,    0,    0,   0,    1,    8,    2,    0,    0,    0,    0x90, 0x77, 0x53, 0xDE, 0,    0,    0,
      12,   'I',  'D',  'A', 'T',  0x08, 0xD7, 0x63, 0xF8, 0xCF, 0xC0, 0x00, 0x00, 0x03, 0x01, 0x01, 0x00, 0x18,
      0xDD, 0x8D, 0xB0, 0,   0,    0,    0,    'I',  'E',  'N',  'D',  0xAE, 0x42, 0x60, 0x82};
  return {reinterpret_cast<const char*>(kBytes), sizeof(kBytes)};
}

TEST(LogTensorBoard, Crc32cHasItsKnownValues) {
  EXPECT_EQ(crc32c(""), 0u);
  EXPECT_EQ(crc32c("123456789"), 0xE3069283u);
  // RFC 3720, B.4.
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAu);
  EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43u);
}

TEST(LogTensorBoard, ARecordIsLengthMaskedCrcPayloadMaskedCrc) {
  const std::string record = tfrecord("123456789");
  ASSERT_EQ(record.size(), 8 + 4 + 9 + 4u);
  EXPECT_EQ(record.substr(0, 8), std::string("\x09\0\0\0\0\0\0\0", 8));
  EXPECT_EQ(record.substr(12, 9), "123456789");
  const uint32_t crc = 0xE3069283u;
  const uint32_t masked = ((crc >> 15) | (crc << 17)) + 0xA282EAD8u;
  for (int i = 0; i < 4; ++i) EXPECT_EQ(static_cast<unsigned char>(record[21 + i]), masked >> (8 * i) & 0xFF);
}

TEST(LogTensorBoard, TheFirstEventNamesTheVersion) {
  LogFolder folder;
  const TensorBoardWriter writer(folder.path() / "new");
  EXPECT_EQ(writer.path().filename().string().rfind("events.out.tfevents.", 0), 0u);
  EXPECT_NE(read_file(writer.path()).find("brain.Event:2"), std::string::npos) << "flushed at once";
}

TEST(LogTensorBoard, WhatIsNoPngIsRefused) {
  LogFolder folder;
  TensorBoardWriter writer(folder.path());
  EXPECT_THROW(writer.image("picture", 1, "GIF89a"), DataError);
  EXPECT_THROW(writer.image("picture", 1, red_pixel().substr(0, 20)), DataError);
}

TEST(LogTensorBoard, AFileThatCannotBeWrittenIsNamed) {
  EXPECT_THROW(TensorBoardWriter("/proc/no/such/folder"), Error);
}

// Python's own reader must find what was written, and forget what a resumed run has rolled back.
TEST(LogTensorBoard, TensorBoardReadsIt) {
  LogFolder folder;
  {
    TensorBoardWriter writer(folder.path());
    for (int64_t step = 10; step <= 50; step += 10) writer.scalar("train/loss", step, 1.0 / static_cast<double>(step));
    writer.scalar("validation/rmse", 50, 14.25);
    writer.image("forecast", 30, red_pixel());
    writer.histogram("gradients/weight", 20, torch::tensor({-1.0f, NAN, 0.0f, 0.25f, 0.5f, 2.0f, INFINITY}));
    writer.histogram("gradients/bias", 20, torch::full({3}, 0.5));
    writer.histogram("gradients/lost", 20, torch::full({3}, NAN));
    writer.text("config", 0, "task: stock\n  # *kept* as it is\n");
    writer.hyper_parameters({{"task", "stock"},
                             {"trainer.optimizer.learning_rate", "0.001"},
                             {"data.returns", "true"},
                             {"data.files", "[a.csv, b.csv]"},
                             {"name", "inf"}});
  }
  TensorBoardWriter resumed(folder.path(), 30);
  resumed.scalar("train/loss", 40, 7);
  resumed.flush();

  const std::string command = std::string("'" RECUR_PYTHON "'") +
                              " -B " RECUR_SOURCE_DIR "/tests/interop/_tensorboard_read.py " + folder.path().string();
  const int status = std::system(command.c_str());
  if (WIFEXITED(status) && WEXITSTATUS(status) == 77) GTEST_SKIP() << "Python has no package 'tensorboard'";
  EXPECT_EQ(status, 0) << command;
}

}  // namespace
}  // namespace recur::this_file
