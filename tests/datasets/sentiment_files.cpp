// The public sets in $RECUR_DATA (or ../shared/data).  What is expected was computed by a separate program: Python's
// own decoders, str.split and tarfile; sha256 of `label<TAB>text<LF>` of all examples.
#include <cstdlib>
#include <filesystem>
#include <ostream>

#include <gtest/gtest.h>

#include "datasets/digest.h"
#include "datasets/sentiment/imdb.h"
#include "datasets/sentiment/public_sets.h"
#include "datasets/sentiment/read_sentiment.h"
#include "tests/datasets/temporary_folder.h"

namespace recur::this_file {
namespace {

struct Expected {
  std::string name;
  int64_t size;
  std::string sha256;
};

std::filesystem::path data_folder(const std::string& name) {
  const char* given = std::getenv("RECUR_DATA");
  return std::filesystem::path(given && *given ? given : RECUR_SOURCE_DIR "/../shared/data") / name;
}

#define SKIP_WITHOUT(folder) \
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << folder << " is not there: set RECUR_DATA (recur data list)"

void expect_file(const LabelledFile& file, const Expected& expected) {
  std::string bytes;
  for (int64_t k = 0; k < file.size(); ++k) bytes += file.labels[k] + '\t' + file.texts[k] + '\n';
  const TemporaryFolder folder;
  EXPECT_EQ(file.size(), expected.size) << expected.name;
  EXPECT_EQ(digest_of_content(folder.write("all", bytes)).sha256, expected.sha256) << expected.name;
  EXPECT_EQ(file.without_text + file.without_label, 0) << expected.name;
}

TEST(SentimentFiles, SST2IsReadAsAnotherProgramReadsIt) {
  const auto folder = data_folder("sst2");
  SKIP_WITHOUT(folder);
  const auto files = read_sst2({.format = "sst2", .folder = folder});
  expect_file(files.train[0], {"train", 67349, "b9b0bbacb3bf5a20784096c42e17c77820e3f0b3496092e2e7a442a73a163ad9"});
  expect_file(files.validation[0], {"dev", 872, "6d7ba9eb895d07c1c009999189cee5baba1008bb23ffb1fed33ac3751e31ec9c"});
  expect_file(files.test[0], {"test", 1821, "23397e15f2b246b4350935c0b15e05c5050eea5d5081e0ed585b037fd780de18"});
}

TEST(SentimentFiles, MRIsReadAsAnotherProgramReadsIt) {
  const auto folder = data_folder("mr");
  SKIP_WITHOUT(folder);
  const auto files = read_mr({.format = "mr", .folder = folder});
  expect_file(files.train[0], {"neg", 5331, "7f3ae7ddd6d4a53ce119bf85d27a52ba0f8cd9360cfd6913eb78f91294c2ee34"});
  expect_file(files.train[1], {"pos", 5331, "9cd19ccebd9de5a292ffee82d350e78eac13c8ba382b0770d99c774a959dbee3"});
}

TEST(SentimentFiles, TRECIsReadAsAnotherProgramReadsIt) {
  const auto folder = data_folder("trec");
  SKIP_WITHOUT(folder);
  const auto coarse = read_trec({.format = "trec", .folder = folder});
  expect_file(coarse.train[0], {"train", 5452, "ab626bf3b2c714bbab4e2ba162b999a67c4aedcf47cb2cc35c6c748dc7d301d7"});
  expect_file(coarse.test[0], {"test", 500, "09903e773976164107ed0451f57d0a61d7db5cc3eb000a9e3021f028cdae6b3e"});
  const auto fine = read_trec({.format = "trec", .folder = folder, .fine_labels = true});
  expect_file(fine.train[0], {"train", 5452, "6d1c0a6ffb00504532b753d10450d553f6b54d939e338d751298b20d655d297b"});
  expect_file(fine.test[0], {"test", 500, "2fc8a362b9314ab7a33875eb460171ce64e7761ec069437507efdfb474568cdf"});
}

TEST(SentimentFiles, IMDBIsReadFromTheArchiveAsAnotherProgramReadsIt) {
  const auto folder = data_folder("imdb");
  SKIP_WITHOUT(folder);
  int64_t last = 0, size = 1;
  const auto files =
      read_imdb({.format = "imdb", .folder = folder}, [&](const std::string& what, int64_t done, int64_t total) {
        EXPECT_EQ(what, "aclImdb_labelled.tar.gz");
        EXPECT_GE(done, last);
        last = done;
        size = total;
      });
  EXPECT_EQ(last, size);
  expect_file(files.train[0], {"train", 24996, "8525370d6b402875b058bf08fce68601666851fccacd15e6ea51770d53330440"});
  expect_file(files.test[0], {"test", 24996, "e6ce5415fbfcf453d9fe82bd3b5ef90102cb70be383b83f22d87d3cc59a66c91"});
}

TEST(SentimentFiles, EverySetHasItsSplitsAndClasses) {
  struct Case {
    std::string format;
    std::optional<int64_t> folds;
    bool fine_labels;
    int64_t classes, train, validation, test;
  };
  const std::vector<Case> cases{
      {"sst2", {}, false, 2, 67349, 872, 1821}, {"mr", {}, false, 2, 8636, 960, 1066},
      {"mr", 10, false, 2, 8635, 960, 1067},    {"trec", {}, false, 6, 4907, 545, 500},
      {"trec", {}, true, 50, 4907, 545, 500},   {"sst2", 10, false, 2, 54553, 6061, 6735},
  };
  for (const auto& expected : cases) {
    const auto folder = data_folder(expected.format);
    SKIP_WITHOUT(folder);
    const auto data = read_sentiment(
        {.format = expected.format, .folder = folder, .fine_labels = expected.fine_labels, .folds = expected.folds}, 1);
    EXPECT_EQ(std::ssize(data.labels), expected.classes) << expected.format;
    EXPECT_EQ(data.train.size(), expected.train) << expected.format;
    EXPECT_EQ(data.validation.size(), expected.validation) << expected.format;
    EXPECT_EQ(data.test.size(), expected.test) << expected.format;
  }
}

}  // namespace
}  // namespace recur::this_file
