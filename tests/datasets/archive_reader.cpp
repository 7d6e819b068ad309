#include "datasets/archive_reader.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/files.h"
#include "datasets/digest.h"
#include "datasets/fetch.h"
#include "tests/datasets/temporary_folder.h"

namespace recur::this_file {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using Content = ArchiveReader::Content;
using Kind = ArchiveEntry::Kind;

class ArchiveReaderTest : public testing::Test {
 protected:
  using Writer = std::unique_ptr<archive, int (*)(archive*)>;

  Writer open(const std::string& name, int (*set_format)(archive*)) {
    Writer writer(archive_write_new(), archive_write_free);
    if (name.ends_with("gz")) archive_write_add_filter_gzip(writer.get());
    set_format(writer.get());
    EXPECT_EQ(archive_write_open_filename(writer.get(), (folder_.path() / name).c_str()), ARCHIVE_OK);
    return writer;
  }

  static void add(const Writer& writer, const std::string& path, const std::string& bytes,
                  decltype(AE_IFREG) type = AE_IFREG, const char* hard_link_to = nullptr) {
    const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(), archive_entry_free);
    archive_entry_set_pathname(entry.get(), path.c_str());
    archive_entry_set_filetype(entry.get(), type);
    archive_entry_set_perm(entry.get(), 0644);
    archive_entry_set_size(entry.get(), static_cast<int64_t>(bytes.size()));
    if (type == AE_IFLNK) archive_entry_set_symlink(entry.get(), "elsewhere");
    if (hard_link_to) archive_entry_set_hardlink(entry.get(), hard_link_to);
    EXPECT_EQ(archive_write_header(writer.get(), entry.get()), ARCHIVE_OK);
    archive_write_data(writer.get(), bytes.data(), bytes.size());
  }

  std::filesystem::path tar_of_all_kinds() {
    const auto writer = open("a.gz", archive_write_set_format_pax_restricted);
    add(writer, "down", "", AE_IFDIR);
    add(writer, "down/one.txt", "1");
    add(writer, "symbolic", "", AE_IFLNK);
    add(writer, "hard", "", AE_IFREG, "down/one.txt");
    add(writer, "../two.txt", "22");
    return folder_.path() / "a.gz";
  }

  TemporaryFolder folder_;
};

TEST_F(ArchiveReaderTest, TellsFilesFromFoldersAndLinks) {
  const auto path = tar_of_all_kinds();
  std::vector<std::pair<std::string, Kind>> entries;
  ArchiveReader all(path);
  while (const auto entry = all.next_entry()) entries.emplace_back(entry->path, entry->kind);
  EXPECT_THAT(entries, ElementsAre(std::pair("down/", Kind::kFolder), std::pair("down/one.txt", Kind::kFile),
                                   std::pair("symbolic", Kind::kOther), std::pair("hard", Kind::kOther),
                                   std::pair("../two.txt", Kind::kFile)));
  std::vector<std::pair<std::string, std::string>> files;
  ArchiveReader plain(path);
  while (const auto name = plain.next()) files.emplace_back(*name, plain.read_all());
  EXPECT_THAT(files, ElementsAre(std::pair("down/one.txt", "1"), std::pair("../two.txt", "22")));
}

TEST_F(ArchiveReaderTest, AHardLinkIsNotUnpackedEvenIfItBringsBytes) {
  add(open("h.tar", archive_write_set_format_ustar), "hard", "bytes");
  auto bytes = read_file(folder_.path() / "h.tar");
  constexpr size_t kChecksum = 148, kType = 156, kTarget = 157;  // of a tar's header; '1' is a hard link
  bytes.at(kType) = '1';
  bytes.at(kTarget) = 'x';
  const auto checksum = std::stoi(bytes.substr(kChecksum, 6), nullptr, 8) + '1' - '0' + 'x';
  bytes.replace(kChecksum, 6, fmt::format("{:06o}", checksum));
  const auto path = folder_.write("h.tar", bytes);
  EXPECT_THAT(message_of<DataError>([&] { unpack_archive(path, folder_.path()); }),
              HasSubstr("refused: it holds \"hard\", which is neither a plain file nor a folder"));
}

TEST_F(ArchiveReaderTest, AFileThatIsNoArchiveHasNoName) {
  add(open("text.gz", archive_write_set_format_raw), "text", "some text");
  for (const auto content : {Content::kArchiveOrFile, Content::kFile}) {
    ArchiveReader reader(folder_.path() / "text.gz", content);
    EXPECT_EQ(reader.next(), "");
    EXPECT_EQ(reader.read_all(), "some text");
    EXPECT_EQ(reader.next(), std::nullopt);
  }
  EXPECT_THAT(message_of<DataError>([&] { ArchiveReader(folder_.path() / "text.gz", Content::kArchive).next(); }),
              HasSubstr("text.gz: cannot be unpacked: "));
}

TEST_F(ArchiveReaderTest, APackedArchiveIsOneFileWhereAFileIsWanted) {
  const auto path = tar_of_all_kinds();
  ArchiveReader reader(path, Content::kFile);
  EXPECT_EQ(reader.next(), "");
  const auto tar = reader.read_all();
  EXPECT_EQ(tar.substr(257, 5), "ustar");
  EXPECT_EQ(digest_of_content(path).sha256, digest_of_content(folder_.write("a.tar", tar)).sha256);
}

TEST_F(ArchiveReaderTest, AZipWhoseChecksumDiffersIsDamaged) {
  add(open("z.zip",
           [](archive* writer) {
             const int status = archive_write_set_format_zip(writer);
             return std::min(status, archive_write_zip_set_compression_store(writer));
           }),
      "one.txt", std::string(1000, '1'));
  auto bytes = read_file(folder_.path() / "z.zip");
  bytes.at(bytes.find("11") + 500) = '2';
  const auto path = folder_.write("z.zip", bytes);
  ArchiveReader reader(path);
  EXPECT_EQ(reader.next(), "one.txt");
  EXPECT_THAT(message_of<DataError>([&] { reader.read_all(); }), HasSubstr("z.zip: cannot be unpacked: ZIP bad CRC"));
  EXPECT_THAT(message_of<DataError>([&] { unpack_archive(path, folder_.path()); }), HasSubstr("ZIP bad CRC"));
}

}  // namespace
}  // namespace recur::this_file
