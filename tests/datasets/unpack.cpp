#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/files.h"
#include "datasets/fetch.h"
#include "tests/datasets/archive.h"
#include "tests/datasets/temporary_folder.h"

namespace recur::this_file {
namespace {

using testing::HasSubstr;

TEST(Unpack, AnArchiveThatLeavesItsFolderIsRefused) {
  const TemporaryFolder folder;
  const auto archive = folder.path() / "bad.tar.gz", out = folder.path() / "out" / "in";
  for (const std::string path : {"../escaped.txt", "a/../../escaped.txt", "/tmp/recur_escaped.txt"}) {
    write_archive(archive, {{path, "x"}});
    EXPECT_THAT(message_of<DataError>([&] { unpack_archive(archive, out); }),
                HasSubstr("refused: it holds \"" + path + "\", which leads out of the folder"));
  }
  write_archive(archive, {{"link", "/tmp", Kind::kLink}, {"link/escaped.txt", "x"}});
  EXPECT_THAT(message_of<DataError>([&] { unpack_archive(archive, out); }),
              HasSubstr("refused: it holds \"link\", which is neither a plain file nor a folder"));
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "out" / "escaped.txt"));
  EXPECT_FALSE(std::filesystem::exists("/tmp/recur_escaped.txt"));
  EXPECT_THROW(unpack_archive(folder.write("no.zip", "PK nothing"), out), DataError);
}

TEST(Unpack, AnArchiveThatIsRefusedHasWrittenNothing) {
  const TemporaryFolder folder;
  const std::string text = some_text();
  const auto archive = folder.path() / "half.tar.gz", out = folder.path() / "out";
  write_archive(archive, {{"good.txt", text}, {"deep/good.txt", text}, {"../bad.txt", "x"}});
  EXPECT_THROW(unpack_archive(archive, out), DataError);
  EXPECT_FALSE(std::filesystem::exists(out));
  write_archive(archive, {{"good.txt", text}, {"later.txt", text}});
  const auto whole = read_file(archive);
  folder.write("half.tar.gz", whole.substr(0, whole.size() / 2));
  EXPECT_THROW(unpack_archive(archive, out), DataError);
  EXPECT_FALSE(std::filesystem::exists(out));
}

TEST(Unpack, AnArchiveDoesNotWriteOverLinksThatLieThere) {
  const TemporaryFolder folder;
  const auto archive = folder.path() / "a.tar.gz", out = folder.path() / "out", other = folder.path() / "other";
  std::filesystem::create_directories(out);
  std::filesystem::create_directories(other);
  std::filesystem::create_directory_symlink(other, out / "deep");
  write_archive(archive, {{"deep/file.txt", "new"}});
  EXPECT_THAT(message_of<DataError>([&] { unpack_archive(archive, out); }),
              HasSubstr("refused: it holds \"deep/file.txt\", which leads over a link that lies there"));
  EXPECT_TRUE(std::filesystem::is_empty(other));
  std::filesystem::remove(out / "deep");
  folder.write("other/kept.txt", "kept");
  std::filesystem::create_directories(out / "deep");
  std::filesystem::create_symlink(other / "kept.txt", out / "deep" / "file.txt");
  unpack_archive(archive, out);  // the link is replaced, and not followed
  EXPECT_EQ(read_file(other / "kept.txt"), "kept");
  EXPECT_EQ(read_file(out / "deep" / "file.txt"), "new");
  EXPECT_FALSE(std::filesystem::is_symlink(out / "deep" / "file.txt"));
}

TEST(Unpack, AnArchiveMadeToFillADiskIsRefused) {
  const TemporaryFolder folder;
  const auto archive = folder.path() / "bomb.tar.gz", out = folder.path() / "out";
  write_archive(archive, {{"zeros", std::string(1 << 25, '\0')}});
  EXPECT_THAT(message_of<DataError>([&] { unpack_archive(archive, out); }),
              HasSubstr("refused: it holds more than 200 times its own size"));
  EXPECT_FALSE(std::filesystem::exists(out));
}

}  // namespace
}  // namespace recur::this_file
