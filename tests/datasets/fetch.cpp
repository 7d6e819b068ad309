#include "datasets/fetch.h"

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <archive.h>
#include <archive_entry.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/files.h"
#include "datasets/digest.h"
#include "tests/datasets/environment.h"
#include "tests/datasets/loopback_server.h"
#include "tests/datasets/temporary_folder.h"

namespace recur::this_file {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A long text that is not the same anywhere.
std::string some_text() {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += std::to_string(i * 7919) + "\n";
  return text;
}

// Does not wait between tries.
FetchOptions tries(int tries, std::chrono::milliseconds most_pause = std::chrono::milliseconds(0)) {
  return {.tries = tries, .most_pause = most_pause, .stall = std::chrono::seconds(1)};
}

enum class Kind { kFile, kLink };
struct Member {
  std::string path, content;
  Kind kind = Kind::kFile;
};

void write_archive(const std::filesystem::path& path, const std::vector<Member>& members, bool raw_gzip = false) {
  auto* writer = archive_write_new();
  archive_write_add_filter_gzip(writer);
  raw_gzip ? archive_write_set_format_raw(writer) : archive_write_set_format_pax_restricted(writer);
  ASSERT_EQ(archive_write_open_filename(writer, path.c_str()), ARCHIVE_OK);
  for (const auto& member : members) {
    auto* entry = archive_entry_new();
    archive_entry_set_pathname(entry, member.path.c_str());
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_filetype(entry, member.kind == Kind::kLink ? AE_IFLNK : AE_IFREG);
    if (member.kind == Kind::kLink) archive_entry_set_symlink(entry, member.content.c_str());
    archive_entry_set_size(entry, member.kind == Kind::kLink ? 0 : static_cast<int64_t>(member.content.size()));
    archive_write_header(writer, entry);
    if (member.kind == Kind::kFile) archive_write_data(writer, member.content.data(), member.content.size());
    archive_entry_free(entry);
  }
  archive_write_free(writer);
}

class Fetch : public testing::Test {
 protected:
  Fetch() : text_(some_text()), server_({{"/set/text.txt", {.body = text_}}}) {}

  // A set of one file, whose content is `content`.
  CatalogEntry entry_of(const std::string& path, const std::string& content, const std::string& address) const {
    const auto digest = digest_of_content(folder_.write("digest_of_this", content));
    return {
        .name = "set",
        .task = "language",
        .title = "a set",
        .folder = "set",
        .files = {{.path = path, .size = digest.size, .sha256 = digest.sha256, .address = address, .unpack = false}},
        .licence = "none",
        .citation = "",
        .obtain = "ask me"};
  }
  CatalogEntry text_entry() const { return entry_of("text.txt", text_, server_.address("/set/text.txt")); }

  std::filesystem::path data() const { return folder_.path() / "data"; }
  std::filesystem::path target() const { return data() / "set" / "text.txt"; }
  std::filesystem::path part() const { return data() / "set" / "text.txt.part"; }

  TemporaryFolder folder_;
  std::string text_;
  LoopbackServer server_;
};

TEST_F(Fetch, GetsVerifiesAndNamesTheFile) {
  int64_t last = 0, total = 0;
  fetch(text_entry(), data(), {.progress = [&](const std::string& file, int64_t done, int64_t all) {
          EXPECT_EQ(file, "text.txt");
          EXPECT_GE(done, last);
          last = done;
          total = all;
          return true;
        }});
  EXPECT_EQ(read_file(target()), text_);
  EXPECT_EQ(last, static_cast<int64_t>(text_.size()));
  EXPECT_EQ(total, last);
  EXPECT_FALSE(std::filesystem::exists(part()));
  EXPECT_EQ(verify(text_entry(), data())[0].state, FileState::kOk);
}

TEST_F(Fetch, WhatIsThereIsNotFetchedAgain) {
  fetch(text_entry(), data());
  fetch(text_entry(), data());
  EXPECT_EQ(server_.requests().size(), 1u);
  folder_.write("data/set/text.txt", text_.substr(1));
  fetch(text_entry(), data());
  EXPECT_EQ(server_.requests().size(), 2u);
  EXPECT_EQ(read_file(target()), text_);
}

TEST_F(Fetch, GoesOnWhereItBrokeOff) {
  server_.set("/set/text.txt", {.body = text_, .ranges = true, .cut = 100'000});
  EXPECT_THAT(message_of<DataError>([&] { fetch(text_entry(), data(), tries(1)); }),
              HasSubstr("the next try goes on where this one broke off"));
  EXPECT_EQ(std::filesystem::file_size(part()), 100'000u);
  EXPECT_FALSE(std::filesystem::exists(target()));
  server_.set("/set/text.txt", {.body = text_});
  int64_t first = 0;
  fetch(text_entry(), data(), {.progress = [&](const std::string&, int64_t done, int64_t) {
          if (first == 0) first = done;
          return true;
        }});
  EXPECT_GE(first, 100'000) << "progress counts what was there";
  EXPECT_EQ(read_file(target()), text_);
  EXPECT_THAT(server_.requests(), ElementsAre("/set/text.txt", "/set/text.txt bytes=100000-"));
}

TEST_F(Fetch, GoesOnByItselfThroughDropsStallsAndABusyServer) {
  server_.set_in_turn("/set/text.txt", {{.body = text_, .cut = 40'000},
                                        {.status = "503 Service Unavailable"},
                                        {.body = text_, .cut = 30'000, .stalls = true},
                                        {.status = "429 Too Many Requests"},
                                        {.body = text_, .cut = 0},
                                        {.body = text_}});
  fetch(text_entry(), data(), tries(4));
  EXPECT_EQ(read_file(target()), text_);
  EXPECT_THAT(server_.requests(),
              ElementsAre("/set/text.txt", "/set/text.txt bytes=40000-", "/set/text.txt bytes=40000-",
                          "/set/text.txt bytes=70000-", "/set/text.txt bytes=70000-", "/set/text.txt bytes=70000-"));
}

TEST_F(Fetch, GivesUpAfterSoManyTriesInVain) {
  server_.set("/set/text.txt", {.status = "503 Service Unavailable"});
  EXPECT_THAT(message_of<DataError>([&] { fetch(text_entry(), data(), tries(3)); }), HasSubstr("503"));
  EXPECT_EQ(server_.requests().size(), 3u);
  server_.set("/set/text.txt", {.status = "403 Forbidden"});
  EXPECT_THAT(message_of<DataError>([&] { fetch(text_entry(), data(), tries(3)); }), HasSubstr("403"));
  EXPECT_EQ(server_.requests().size(), 4u) << "what is forbidden stays so";
}

TEST_F(Fetch, WaitsAsLongAsTheServerAsksFor) {
  server_.set_in_turn("/set/text.txt",
                      {{.status = "503 Service Unavailable", .headers = "Retry-After: 1\r\n"}, {.body = text_}});
  const auto start = std::chrono::steady_clock::now();
  auto options = tries(2, std::chrono::seconds(10));
  options.pause = std::chrono::milliseconds(1);
  fetch(text_entry(), data(), options);
  EXPECT_GE(std::chrono::steady_clock::now() - start, std::chrono::seconds(1));
}

TEST_F(Fetch, FollowsRedirectsButNotInACircle) {
  server_.set("/moved", {.status = "302 Found", .headers = "Location: /set/text.txt\r\n"});
  auto entry = text_entry();
  entry.files[0].address = server_.address("/moved");
  fetch(entry, data());
  EXPECT_EQ(read_file(target()), text_);
  std::filesystem::remove(target());
  server_.set("/set/text.txt", {.status = "302 Found", .headers = "Location: /moved\r\n"});
  EXPECT_THAT(message_of<DataError>([&] { fetch(entry, data()); }), HasSubstr("redirects"));
  server_.set("/moved", {.status = "302 Found", .headers = "Location: file:///etc/passwd\r\n"});
  EXPECT_THROW(fetch(entry, data()), DataError);
}

TEST_F(Fetch, GoesThroughTheProxyOfTheEnvironment) {
  const Environment proxy("http_proxy", server_.address("").c_str()), none("no_proxy", nullptr);
  server_.set("http://data.example/text.txt", {.body = text_});
  auto entry = text_entry();
  entry.files[0].address = "http://data.example/text.txt";
  fetch(entry, data());
  EXPECT_EQ(read_file(target()), text_);
  EXPECT_THAT(server_.requests(), ElementsAre("http://data.example/text.txt"));
}

TEST_F(Fetch, AServerThatDoesNotEndIsCutOff) {
  server_.set("/set/text.txt", {.body = text_ + std::string(1 << 20, 'x')});
  EXPECT_THAT(message_of<DataError>([&] { fetch(text_entry(), data()); }),
              HasSubstr("sends more than the " + std::to_string(text_.size()) + " bytes of the catalog's file"));
  EXPECT_TRUE(std::filesystem::is_empty(data() / "set"));
  write_archive(folder_.path() / "bomb.gz", {{"text", text_ + std::string(1 << 24, '0')}}, true);
  server_.set("/bomb.gz", {.body = read_file(folder_.path() / "bomb.gz")});
  EXPECT_THAT(message_of<DataError>([&] { fetch(entry_of("text.txt", text_, server_.address("/bomb.gz")), data()); }),
              HasSubstr("/bomb.gz holds more than the "));
  EXPECT_TRUE(std::filesystem::is_empty(data() / "set"));
}

TEST_F(Fetch, BeginsAgainWhereTheServerCannotGoOn) {
  folder_.write("data/set/text.txt.part", text_.substr(0, 1000));
  server_.set("/set/text.txt", {.body = text_, .ranges = false});
  fetch(text_entry(), data());
  EXPECT_EQ(read_file(target()), text_);
}

TEST_F(Fetch, BeginsAgainAfterADropWhereTheServerCannotGoOn) {
  server_.set_in_turn("/set/text.txt",
                      {{.body = text_, .ranges = false, .cut = 40'000}, {.body = text_, .ranges = false}});
  fetch(text_entry(), data(), tries(2));
  EXPECT_EQ(read_file(target()), text_);
}

TEST_F(Fetch, GivesUpAServerThatAlwaysBreaksOffAndCannotGoOn) {
  server_.set("/set/text.txt", {.body = text_, .ranges = false, .cut = 40'000});
  EXPECT_THROW(fetch(text_entry(), data(), tries(3)), DataError);
  EXPECT_LE(server_.requests().size(), 8u);
}

TEST_F(Fetch, BeginsAgainIfThePartIsLongerThanTheFile) {
  folder_.write("data/set/text.txt.part", text_ + "more");
  fetch(text_entry(), data());
  EXPECT_EQ(read_file(target()), text_);
}

TEST_F(Fetch, DeletesWhatIsNotTheCatalogsFile) {
  auto entry = text_entry();
  entry.files[0].sha256 = std::string(64, 'a');
  const auto message = message_of<DataError>([&] { fetch(entry, data()); });
  EXPECT_THAT(message,
              HasSubstr("text.txt: what " + entry.files[0].address + " sent is not the file of the catalog: got " +
                        std::to_string(text_.size()) + " bytes with SHA-256 "));
  EXPECT_THAT(message, HasSubstr("bytes with aaaa"));
  EXPECT_TRUE(std::filesystem::is_empty(data() / "set"));
  entry = text_entry();
  entry.files[0].size += 1;
  EXPECT_THROW(fetch(entry, data()), DataError);
  EXPECT_TRUE(std::filesystem::is_empty(data() / "set"));
}

TEST_F(Fetch, SaysThatAnAddressDoesNotAnswer) {
  auto entry = text_entry();
  entry.files[0].address = server_.address("/absent");
  EXPECT_THAT(message_of<DataError>([&] { fetch(entry, data()); }),
              testing::AllOf(HasSubstr("/absent cannot be fetched: "), HasSubstr("404")));
  EXPECT_TRUE(std::filesystem::is_empty(data() / "set"));
  entry.files[0].address = "http://127.0.0.1:1/";
  EXPECT_THROW(fetch(entry, data(), tries(2)), DataError);
  entry.files[0].address = "gopher://127.0.0.1/";
  EXPECT_THROW(fetch(entry, data()), DataError);
}

TEST_F(Fetch, StopsWhenAskedToAndKeepsThePart) {
  server_.set("/set/text.txt", {.body = text_});
  EXPECT_THAT(message_of<Error>([&] {
                fetch(text_entry(), data(),
                      {.progress = [](const std::string&, int64_t done, int64_t) { return done < 1; }});
              }),
              HasSubstr("the download was stopped"));
  EXPECT_FALSE(std::filesystem::exists(target()));
  fetch(text_entry(), data());
  EXPECT_EQ(read_file(target()), text_);
}

TEST_F(Fetch, ReadsFilesOfThisMachine) {
  auto entry = text_entry();
  entry.files[0].address = "file://" + folder_.write("there/text.txt", text_).string();
  folder_.write("data/set/text.txt.part", text_.substr(0, 1000));
  fetch(entry, data());
  EXPECT_EQ(read_file(target()), text_);
  entry.files[0].address = "file:///no/such/file";
  folder_.write("data/set/text.txt", "other");
  EXPECT_THROW(fetch(entry, data()), DataError);
  EXPECT_EQ(read_file(target()), "other") << "what is there stays until something better has come";
}

TEST_F(Fetch, WhatHasNoAddressSaysHowToGetIt) {
  const auto entry = entry_of("text.txt", text_, "");
  EXPECT_EQ(message_of<DataError>([&] { fetch(entry, data()); }),
            "set cannot be fetched (none). How to get it: ask me");
  EXPECT_FALSE(std::filesystem::exists(data()));
}

TEST_F(Fetch, APackedFileIsUnpackedOnTheWay) {
  write_archive(folder_.path() / "text.gz", {{"text", text_}}, true);
  server_.set("/set/text.txt.gz", {.body = read_file(folder_.path() / "text.gz")});
  fetch(entry_of("text.txt", text_, server_.address("/set/text.txt.gz")), data());
  EXPECT_EQ(read_file(target()), text_);
  std::filesystem::remove(target());
  server_.set("/set/text.txt.gz", {.body = read_file(folder_.path() / "text.gz").substr(0, 5000)});
  EXPECT_THROW(fetch(entry_of("text.txt", text_, server_.address("/set/text.txt.gz")), data()), DataError);
  EXPECT_TRUE(std::filesystem::is_empty(data() / "set"));
}

TEST_F(Fetch, AGzipIsVerifiedByItsContent) {
  write_archive(folder_.path() / "text.gz", {{"text", text_}}, true);
  server_.set("/t.gz", {.body = read_file(folder_.path() / "text.gz")});
  const auto entry = entry_of("t.gz", text_, server_.address("/t.gz"));
  fetch(entry, data());
  EXPECT_EQ(read_file(data() / "set" / "t.gz"), read_file(folder_.path() / "text.gz"));
  EXPECT_EQ(verify(entry, data())[0].state, FileState::kOk);
  folder_.write("data/set/t.gz", read_file(folder_.path() / "text.gz").substr(0, 5000));
  EXPECT_EQ(verify(entry, data())[0].state, FileState::kHashDiffers);
}

TEST_F(Fetch, AnArchiveIsUnpackedBesideItself) {
  const auto archive = folder_.path() / "a.tar.gz";
  write_archive(archive, {{"one.txt", "1"}, {"deep/down/two.txt", text_}});
  auto entry = entry_of("a.tar.gz", read_file(archive), server_.address("/a.tar.gz"));
  entry.files[0].unpack = true;
  const auto digest = digest_of_content(archive);
  entry.files[0].size = digest.size;
  entry.files[0].sha256 = digest.sha256;
  server_.set("/a.tar.gz", {.body = read_file(archive)});
  fetch(entry, data());
  EXPECT_EQ(read_file(data() / "set" / "one.txt"), "1");
  EXPECT_EQ(read_file(data() / "set" / "deep" / "down" / "two.txt"), text_);
}

TEST_F(Fetch, AnArchiveThatLeavesItsFolderIsRefused) {
  const auto archive = folder_.path() / "bad.tar.gz", out = folder_.path() / "out" / "in";
  for (const std::string path : {"../escaped.txt", "a/../../escaped.txt", "/tmp/recur_escaped.txt"}) {
    write_archive(archive, {{path, "x"}});
    EXPECT_THAT(message_of<DataError>([&] { unpack_archive(archive, out); }),
                HasSubstr("refused: it holds \"" + path + "\", which leads out of the folder"));
  }
  write_archive(archive, {{"link", "/tmp", Kind::kLink}, {"link/escaped.txt", "x"}});
  EXPECT_THAT(message_of<DataError>([&] { unpack_archive(archive, out); }),
              HasSubstr("refused: it holds \"link\", which is neither a plain file nor a folder"));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "out" / "escaped.txt"));
  EXPECT_FALSE(std::filesystem::exists("/tmp/recur_escaped.txt"));
  EXPECT_THROW(unpack_archive(folder_.write("no.zip", "PK nothing"), out), DataError);
}

TEST_F(Fetch, AnArchiveThatIsRefusedHasWrittenNothing) {
  const auto archive = folder_.path() / "half.tar.gz", out = folder_.path() / "out";
  write_archive(archive, {{"good.txt", text_}, {"deep/good.txt", text_}, {"../bad.txt", "x"}});
  EXPECT_THROW(unpack_archive(archive, out), DataError);
  EXPECT_FALSE(std::filesystem::exists(out));
  write_archive(archive, {{"good.txt", text_}, {"later.txt", text_}});
  const auto whole = read_file(archive);
  folder_.write("half.tar.gz", whole.substr(0, whole.size() / 2));
  EXPECT_THROW(unpack_archive(archive, out), DataError);
  EXPECT_FALSE(std::filesystem::exists(out));
}

TEST_F(Fetch, AnArchiveDoesNotWriteOverLinksThatLieThere) {
  const auto archive = folder_.path() / "a.tar.gz", out = folder_.path() / "out", other = folder_.path() / "other";
  std::filesystem::create_directories(out);
  std::filesystem::create_directories(other);
  std::filesystem::create_directory_symlink(other, out / "deep");
  write_archive(archive, {{"deep/file.txt", "new"}});
  EXPECT_THAT(message_of<DataError>([&] { unpack_archive(archive, out); }),
              HasSubstr("refused: it holds \"deep/file.txt\", which leads over a link that lies there"));
  EXPECT_TRUE(std::filesystem::is_empty(other));
  std::filesystem::remove(out / "deep");
  folder_.write("other/kept.txt", "kept");
  std::filesystem::create_directories(out / "deep");
  std::filesystem::create_symlink(other / "kept.txt", out / "deep" / "file.txt");
  unpack_archive(archive, out);  // the link is replaced, and not followed
  EXPECT_EQ(read_file(other / "kept.txt"), "kept");
  EXPECT_EQ(read_file(out / "deep" / "file.txt"), "new");
  EXPECT_FALSE(std::filesystem::is_symlink(out / "deep" / "file.txt"));
}

TEST_F(Fetch, AnArchiveMadeToFillADiskIsRefused) {
  const auto archive = folder_.path() / "bomb.tar.gz", out = folder_.path() / "out";
  write_archive(archive, {{"zeros", std::string(1 << 25, '\0')}});
  EXPECT_THAT(message_of<DataError>([&] { unpack_archive(archive, out); }),
              HasSubstr("refused: it holds more than 200 times its own size"));
  EXPECT_FALSE(std::filesystem::exists(out));
}

}  // namespace
}  // namespace recur::this_file
