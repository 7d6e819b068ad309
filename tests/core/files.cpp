#include "core/files.h"

#include <csignal>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "core/error.h"

namespace recur::this_file {
namespace {

namespace fs = std::filesystem;

class Files : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::path(testing::TempDir()) /
              ("recur_files_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  size_t entries() const { return std::distance(fs::directory_iterator(folder_), fs::directory_iterator()); }

  fs::path folder_;
};

TEST_F(Files, WriteReplacesTheWholeContent) {
  const auto path = folder_ / "file";
  write_file_atomically(path, std::string("a longer\0text", 13));
  EXPECT_EQ(read_file(path), std::string("a longer\0text", 13));
  write_file_atomically(path, "short");
  EXPECT_EQ(read_file(path), "short");
  write_file_atomically(path, "");
  EXPECT_EQ(read_file(path), "");
  EXPECT_EQ(entries(), 1u);  // no temporary file is left
}

TEST_F(Files, WriteMakesMissingFolders) {
  const auto path = folder_ / "a" / "b" / "file";
  write_file_atomically(path, "x");
  EXPECT_EQ(read_file(path), "x");
}

TEST_F(Files, WriteOntoAFolderFailsAndLeavesNothing) {
  const auto path = folder_ / "taken";
  fs::create_directories(path / "inside");
  EXPECT_THROW(write_file_atomically(path, "x"), Error);
  EXPECT_TRUE(fs::is_directory(path / "inside"));
  EXPECT_EQ(entries(), 1u);
}

TEST_F(Files, WriteBelowAFileFailsAndLeavesIt) {
  const auto file = folder_ / "file";
  write_file_atomically(file, "old");
  EXPECT_THROW(write_file_atomically(file / "below", "x"), Error);
  EXPECT_EQ(read_file(file), "old");
  EXPECT_EQ(entries(), 1u);
}

// A limit on the size of files makes write() fail half-way, as a full disk does, and stops root as well.
TEST_F(Files, WriteThatFailsHalfWayLeavesTheOldFile) {
  const auto path = folder_ / "file";
  write_file_atomically(path, "old");
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{.rlim_cur = 4096, .rlim_max = before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  std::string message;
  try {
    write_file_atomically(path, std::string(100'000, 'x'));
  } catch (const Error& error) {
    message = error.what();
  }
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_EQ(message, path.string() + ": cannot write: File too large");
  EXPECT_EQ(read_file(path), "old");
  EXPECT_EQ(entries(), 1u);
}

TEST_F(Files, ReadReportsWhatCannotBeRead) {
  EXPECT_THROW(read_file(folder_ / "absent"), DataError);
  EXPECT_THROW(read_file(folder_), DataError);
}

}  // namespace
}  // namespace recur::this_file
