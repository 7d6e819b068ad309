#include "datasets/catalog.h"

#include <cstdlib>
#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "datasets/digest.h"
#include "tests/datasets/environment.h"
#include "tests/datasets/temporary_folder.h"

namespace recur::this_file {
namespace {

using testing::HasSubstr;

TEST(DataCatalog, EveryEntryIsComplete) {
  const std::set<std::string> tasks{"stock",       "sentiment", "classification", "captioning",
                                    "translation", "speech",    "language"};
  std::set<std::string> names;
  for (const auto& entry : data_catalog()) {
    SCOPED_TRACE(entry.name);
    EXPECT_TRUE(names.insert(entry.name).second);
    EXPECT_TRUE(tasks.contains(entry.task));
    for (const auto* text : {&entry.title, &entry.folder, &entry.licence, &entry.citation}) EXPECT_FALSE(text->empty());
    EXPECT_NE(entry.can_fetch(), !entry.obtain.empty()) << "an address, or how to get it";
    for (const auto& file : entry.files) {
      EXPECT_GT(file.size, 0);
      EXPECT_THAT(file.sha256, testing::MatchesRegex("[0-9a-f]{64}"));
      EXPECT_TRUE(file.address.empty() || file.address.starts_with("https://"));
    }
  }
  for (const auto& name : data_names()) EXPECT_EQ(find_data(name).name, name);
}

TEST(DataCatalog, NamesTheNearestEntry) {
  EXPECT_EQ(message_of<DataError>([] { find_data("minst"); }),
            "no data set \"minst\" in the catalog; did you mean \"mnist\"?; see recur data list");
}

TEST(DataCatalog, TheDataDirectoryComesFromTheEnvironment) {
  const Environment home("HOME", "/h");
  {
    const Environment data("RECUR_DATA", "/d"), cache("XDG_CACHE_HOME", "/c");
    EXPECT_EQ(data_directory(), "/d");
  }
  const Environment data("RECUR_DATA", nullptr);
  {
    const Environment cache("XDG_CACHE_HOME", "/c");
    EXPECT_EQ(data_directory(), "/c/recur");
  }
  const Environment cache("XDG_CACHE_HOME", nullptr);
  EXPECT_EQ(data_directory(), "/h/.cache/recur");
}

TEST(DataCatalog, FindsFilesAsGivenElseInTheDataDirectory) {
  const TemporaryFolder folder;
  const auto file = folder.write("mnist/x", "1");
  const Environment data("RECUR_DATA", folder.path().c_str());
  EXPECT_EQ(find_data_file(file), file);
  EXPECT_EQ(find_data_file("mnist/x"), file);
  const auto current = std::filesystem::current_path().string();
  EXPECT_EQ(message_of<DataError>([] { find_data_file("some/y.csv"); }), "some/y.csv: there is no such file in " +
                                                                             current + " nor in the data directory " +
                                                                             folder.path().string() + " (RECUR_DATA)");
  EXPECT_THAT(message_of<DataError>([] { find_data_file("mnist/y"); }), HasSubstr("; recur data fetch mnist gets it"));
  EXPECT_THAT(message_of<DataError>([] { find_data_file("stocks/yahoo/NFLX.csv"); }),
              HasSubstr("; how to get it: Yahoo Finance: "));
  EXPECT_EQ(message_of<DataError>([] { find_data_file("/no/such/file"); }), "/no/such/file: there is no such file");
}

TEST(DataCatalog, KnowsSha256) {
  const TemporaryFolder folder;
  EXPECT_EQ(digest_of_content(folder.write("abc", "abc")).sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");  // FIPS 180-2, appendix B.1
  EXPECT_EQ(digest_of_content(folder.write("empty", "")).sha256,
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST(DataCatalog, TellsTheStatesOfAFile) {
  const TemporaryFolder folder;
  const CatalogFile file{.path = "f",
                         .size = 3,
                         .sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                         .address = "",
                         .unpack = false};
  const auto state = [&] { return to_string(verify_file(file, folder.path()).state); };
  EXPECT_EQ(state(), "absent");
  folder.write("f", "abc");
  EXPECT_EQ(state(), "ok");
  folder.write("f", "abd");
  EXPECT_EQ(state(), "hash differs");
  folder.write("f", "abcd");
  EXPECT_EQ(state(), "size differs");
}

TEST(DataCatalog, TheCopiesHereAreThoseOfTheCatalog) {
  const char* given = std::getenv("RECUR_DATA");
  const auto data = std::filesystem::path(given && *given ? given : RECUR_SOURCE_DIR "/../shared/data");
  if (!std::filesystem::exists(data)) GTEST_SKIP() << data << " is not there: set RECUR_DATA";
  for (const auto& entry : data_catalog()) {
    if (!std::filesystem::exists(data / entry.folder)) continue;
    for (const auto& check : verify(entry, data)) EXPECT_EQ(to_string(check.state), "ok") << check.path;
  }
}

}  // namespace
}  // namespace recur::this_file
