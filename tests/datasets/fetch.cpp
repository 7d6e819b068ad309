#include "datasets/fetch.h"

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/files.h"
#include "datasets/digest.h"
#include "tests/datasets/archive.h"
#include "tests/datasets/environment.h"
#include "tests/datasets/loopback_server.h"
#include "tests/datasets/temporary_folder.h"

namespace recur::this_file {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Does not wait between tries.
FetchOptions tries(int tries, std::chrono::milliseconds most_pause = std::chrono::milliseconds(0)) {
  return {.tries = tries, .most_pause = most_pause, .stall = std::chrono::seconds(1)};
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
  EXPECT_FALSE(std::filesystem::exists(data()));
  write_archive(folder_.path() / "bomb.gz", {{"text", text_ + std::string(1 << 24, '0')}}, true);
  server_.set("/bomb.gz", {.body = read_file(folder_.path() / "bomb.gz")});
  EXPECT_THAT(message_of<DataError>([&] { fetch(entry_of("text.txt", text_, server_.address("/bomb.gz")), data()); }),
              HasSubstr("/bomb.gz holds more than the "));
  EXPECT_FALSE(std::filesystem::exists(data()));
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
  EXPECT_FALSE(std::filesystem::exists(data()));
  entry = text_entry();
  entry.files[0].size += 1;
  EXPECT_THROW(fetch(entry, data()), DataError);
  EXPECT_FALSE(std::filesystem::exists(data()));
}

TEST_F(Fetch, SaysThatAnAddressDoesNotAnswer) {
  auto entry = text_entry();
  entry.files[0].address = server_.address("/absent");
  EXPECT_THAT(message_of<DataError>([&] { fetch(entry, data()); }),
              testing::AllOf(HasSubstr("/absent cannot be fetched: "), HasSubstr("404")));
  EXPECT_FALSE(std::filesystem::exists(data()));
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

}  // namespace
}  // namespace recur::this_file
