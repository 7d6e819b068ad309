// Files of parallel lines in small, made here, and Multi30k in $RECUR_DATA (or ../shared/data).
#include <cstdlib>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "datasets/digest.h"
#include "datasets/translation/read_translation.h"
#include "tests/datasets/gzip_file.h"
#include "tests/datasets/temporary_folder.h"

namespace recur::this_file {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::StartsWith;

std::string error_of(const TranslationDataOptions& options) {
  return message_of<DataError>([&] { read_translation(options, 1); });
}

// Three training pairs, two for validation, one for test.
class ParallelLines : public testing::Test {
 protected:
  void SetUp() override {
    folder_.write("train.de", "eins\nzwei Hunde\ndrei\n");
    folder_.write("train.en", "one\ntwo dogs\nthree\n");
    folder_.write("val.de", "vier\nfünf\n");
    folder_.write("val.en", "four\nfive\n");
    folder_.write("test.de", "sechs\n");
    folder_.write("test.en", "six\n");
    options_ = {.format = "lines", .folder = folder_.path()};
  }
  std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  void remove(const std::string& name) const { ASSERT_TRUE(std::filesystem::remove(folder_.path() / name)); }

  TemporaryFolder folder_;
  TranslationDataOptions options_;
};

TEST_F(ParallelLines, AreSplitByTheirFiles) {
  const auto data = read_translation(options_, 1);
  EXPECT_THAT(data.train.source, ElementsAre("eins", "zwei Hunde", "drei"));
  EXPECT_THAT(data.train.target, ElementsAre("one", "two dogs", "three"));
  EXPECT_THAT(data.validation.source, ElementsAre("vier", "fünf"));
  EXPECT_THAT(data.validation.target, ElementsAre("four", "five"));
  EXPECT_THAT(data.test.source, ElementsAre("sechs"));
  EXPECT_THAT(data.test.target, ElementsAre("six"));
  EXPECT_THAT(data.report,
              ElementsAre("train.de, train.en: 3 pairs", "val.de, val.en: 2 pairs", "test.de, test.en: 1 pairs"));
  EXPECT_EQ(read_translation(options_, 2).train.source, data.train.source);
}

TEST_F(ParallelLines, AreReadTheOtherWayAndByOtherNames) {
  folder_.write("dev.en", "four\n");
  folder_.write("dev.de", "vier\n");
  options_.validation = "dev";
  options_.source = "en";
  options_.target = "de";
  const auto data = read_translation(options_, 1);
  EXPECT_THAT(data.train.source, ElementsAre("one", "two dogs", "three"));
  EXPECT_THAT(data.train.target, ElementsAre("eins", "zwei Hunde", "drei"));
  EXPECT_THAT(data.validation.source, ElementsAre("four"));
}

TEST_F(ParallelLines, HaveSingleBlanks) {
  // A byte-order mark, tab, no-break space, ideographic space, line separator, CRLF, no last newline.
  folder_.write("train.de",
                "\xEF\xBB\xBF  eins \r\n\tzwei\xC2\xA0\xC2\xA0Hunde\t\r\ndrei\xE3\x80\x80und\xE2\x80\xA8vier");
  const auto data = read_translation(options_, 1);
  EXPECT_THAT(data.train.source, ElementsAre("eins", "zwei Hunde", "drei und vier"));
}

TEST_F(ParallelLines, MayBePacked) {
  write_gzip(folder_.path() / "train.de.gz", "eins\nzwei Hunde\ndrei");
  write_gzip(folder_.path() / "val.en.gz", "four\nfive\n");
  remove("train.de");
  remove("val.en");
  std::vector<std::string> read;
  const auto data = read_translation(options_, 1, [&](const std::string& what, int64_t done, int64_t total) {
    read.push_back(what);
    EXPECT_LE(done, total);
  });
  EXPECT_THAT(data.train.source, ElementsAre("eins", "zwei Hunde", "drei"));
  EXPECT_THAT(data.validation.target, ElementsAre("four", "five"));
  EXPECT_EQ(data.report[0], "train.de.gz, train.en: 3 pairs");
  EXPECT_THAT(read, ElementsAre("train.de.gz", "train.en", "val.de", "val.en.gz", "test.de", "test.en"));
  std::filesystem::resize_file(folder_.path() / "val.en.gz", 15);
  EXPECT_THAT(error_of(options_), StartsWith(path("val.en.gz") + ": cannot be unpacked: "));
}

TEST_F(ParallelLines, WithAnEmptySideAreLeftOutAndCounted) {
  folder_.write("train.de", "eins\n \xC2\xA0\ndrei\n\nfünf\n");
  folder_.write("train.en", "one\ntwo\n\t\n\nfive\n");
  const auto data = read_translation(options_, 1);
  EXPECT_THAT(data.train.source, ElementsAre("eins", "fünf"));
  EXPECT_THAT(data.train.target, ElementsAre("one", "five"));
  EXPECT_EQ(data.report[0], "train.de, train.en: 2 pairs; left out: 3 with an empty side");
}

TEST_F(ParallelLines, MustBeAsMany) {
  folder_.write("train.en", "one\ntwo dogs\n");
  EXPECT_EQ(error_of(options_), path("train.de") + ": has 3 lines, but " + path("train.en") +
                                    " has 2: they must have as many, each the translation of the other's");
  folder_.write("train.en", "one\n \ntwo dogs\nthree\n");
  EXPECT_EQ(error_of(options_), path("train.de") + ": has 3 lines, but " + path("train.en") +
                                    " has 4: they must have as many, each the translation of the other's; the first "
                                    "line that is empty in one of them only is " +
                                    path("train.en") + ":2");
  folder_.write("train.de", "\n\nzwei\ndrei\n\n");
  folder_.write("train.en", "\n1\n2\n3\n");
  EXPECT_THAT(error_of(options_), EndsWith("in one of them only is " + path("train.de") + ":2"));
}

TEST_F(ParallelLines, SayWhatIsInAnotherEncoding) {
  for (const auto* name : {"train.de", "train.en", "val.en", "test.de", "test.en"}) folder_.write(name, "a\nb\n");
  folder_.write("val.de", "vier\nf\xFCnf \n");
  EXPECT_THAT(error_of(options_),
              AllOf(StartsWith(path("val.de") + ":2:2: "), HasSubstr("data.encoding=windows-1252")));
  options_.encoding = "windows-1252";
  EXPECT_THAT(read_translation(options_, 1).validation.source, ElementsAre("vier", "fünf"));
  options_.encoding = "utf-9";
  EXPECT_THAT(message_of<ConfigError>([&] { read_translation(options_, 1); }), HasSubstr("utf-9"));
}

TEST_F(ParallelLines, SayWhatIsAbsent) {
  remove("val.en");
  EXPECT_THAT(error_of(options_), StartsWith(path("val.en") + ": there is no such file"));
  options_.validation = "dev";
  EXPECT_THAT(error_of(options_), StartsWith(path("dev.de") + ": there is no such file"));
  options_.train = "training";
  EXPECT_THAT(error_of(options_), StartsWith(path("training.de") + ": there is no such file"));
  options_.folder = "no/such/folder";
  EXPECT_THAT(error_of(options_), StartsWith("no/such/folder/training.de: there is no such file in "));
  std::filesystem::create_directory(folder_.path() / "a.de");
  options_ = {.format = "lines", .folder = folder_.path(), .train = "a"};
  folder_.write("a.en", "x\n");
  EXPECT_EQ(error_of(options_), path("a.de") + ": is a folder, expected a file");
}

TEST_F(ParallelLines, AreNotCarvedWhereAFileMayBeMeant) {
  for (const auto* name : {"test.de", "test.en"}) remove(name);
  folder_.write("test_2017.de", "sieben\n");
  write_gzip(folder_.path() / "test_2016.de.gz", "sieben\n");
  EXPECT_EQ(error_of(options_), folder_.path().string() +
                                    ": no test.de, but there is test_2016, test_2017: say which "
                                    "is the test split, data.test=test_2016");
  options_.test = "test_2017";
  folder_.write("test_2017.en", "seven\n");
  EXPECT_THAT(read_translation(options_, 1).test.source, ElementsAre("sieben"));
  for (const auto* name : {"val.de", "val.en"}) remove(name);
  folder_.write("dev.de", "acht\n");
  EXPECT_EQ(error_of(options_), folder_.path().string() +
                                    ": no val.de, but there is dev: say which is the validation "
                                    "split, data.validation=dev");
}

TEST_F(ParallelLines, NeedPairs) {
  folder_.write("test.de", "");
  folder_.write("test.en", "");
  EXPECT_EQ(error_of(options_), path("test.de") + ", " + path("test.en") + ": no pair of sentences");
  folder_.write("val.de", "\n \n");
  EXPECT_EQ(error_of(options_), path("val.de") + ", " + path("val.en") + ": no pair of sentences");
  folder_.write("train.en", "\n\n\n");
  EXPECT_EQ(error_of(options_), path("train.de") + ", " + path("train.en") + ": no pair of sentences");
}

TEST_F(ParallelLines, ThatAreLongOrUnequalAreLeftOutOfTraining) {
  folder_.write("train.de", "a b c\na b c d\na\na b\n");
  folder_.write("train.en", "a b c\na\na b c d\na b c d\n");
  folder_.write("val.de", "a b c d e f\nb\n");
  folder_.write("test.de", "a b c d e f\n");
  options_.max_words = 3;
  auto data = read_translation(options_, 1);
  EXPECT_THAT(data.train.source, ElementsAre("a b c"));
  EXPECT_EQ(data.validation.size(), 2);
  EXPECT_EQ(data.test.size(), 1);
  EXPECT_EQ(data.report[3], "train: 1 pairs are left; left out: 3 of more than 3 words");
  options_.max_words = std::nullopt;
  options_.max_length_ratio = 2;
  data = read_translation(options_, 1);
  EXPECT_THAT(data.train.target, ElementsAre("a b c", "a b c d"));
  EXPECT_EQ(data.report[3], "train: 2 pairs are left; left out: 2 with more than 2 times as many words on one side");
  folder_.write("train.en", "a b c\na\na b\na b c\n");
  options_.max_words = 3;
  options_.max_length_ratio = 1.4;
  data = read_translation(options_, 1);
  EXPECT_THAT(data.train.source, ElementsAre("a b c"));
  EXPECT_EQ(data.report[3],
            "train: 1 pairs are left; left out: 1 of more than 3 words, 2 with more than 1.4 times as "
            "many words on one side");
  options_.max_words = 2;
  options_.max_length_ratio = 1;
  EXPECT_THAT(error_of(options_), StartsWith("no training pairs: of 3 in all, none is left for it; give more, or set "
                                             "data.validation_fraction, data.test_fraction, data.max_words and "));
}

TEST_F(ParallelLines, InTwoSplitsAreCounted) {
  folder_.write("train.de", "eins\nzwei\nzwei\n");
  folder_.write("val.de", "zwei\neins\n");
  folder_.write("val.en", "two\none\n");
  folder_.write("test.de", "eins\n");
  folder_.write("test.en", "1\n");
  EXPECT_THAT(read_translation(options_, 1).report,
              ElementsAre("train.de, train.en: 3 pairs", "val.de, val.en: 2 pairs", "test.de, test.en: 1 pairs",
                          "validation: the source sentences of 2 pairs are in train too, 1 of them with the same "
                          "translation",
                          "test: the source sentences of 1 pairs are in train too, 0 of them with the same translation",
                          "test: the source sentences of 1 pairs are in validation too, 0 of them with the same "
                          "translation"));
}

// What is expected was computed by a separate program: Python's decoder, re.split at White_Space; sha256 of
// `source<TAB>target<LF>` of all pairs.
TEST(Multi30k, IsReadAsAnotherProgramReadsIt) {
  const char* given = std::getenv("RECUR_DATA");
  const auto folder = std::filesystem::path(given && *given ? given : RECUR_SOURCE_DIR "/../shared/data") / "multi30k";
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << folder << " is not there: set RECUR_DATA (recur data list)";
  TranslationDataOptions options{.format = "lines", .folder = folder};
  EXPECT_THAT(error_of(options), HasSubstr("say which is the test split, data.test=test_2016_flickr"));
  options.test = "test_2016_flickr";
  const auto data = read_translation(options, 1);
  const auto digest = [](const SentencePairs& pairs) {
    std::string bytes;
    for (int64_t k = 0; k < pairs.size(); ++k) bytes += pairs.source[k] + '\t' + pairs.target[k] + '\n';
    const TemporaryFolder temporary;
    return digest_of_content(temporary.write("all", bytes)).sha256;
  };
  EXPECT_EQ(data.train.size(), 29000);
  EXPECT_EQ(digest(data.train), "d6682a03d45f11d7abb708387102293a49da4904ac855627016e88881e369f53");
  EXPECT_EQ(data.validation.size(), 1014);
  EXPECT_EQ(digest(data.validation), "6056333569035cf954913e8e81e691b923cd9c2eea90a61a1f8dc575282935ed");
  EXPECT_EQ(data.test.size(), 1000);
  EXPECT_EQ(digest(data.test), "d4c4dccd46c976a7375ba8683d91b387019b2e8ff1d3dbb11778ed631fa164e0");
  // train.de has a tab and 47 no-break spaces, val.de one.
  for (const auto* part : {&data.train, &data.validation}) {
    for (const auto& sentence : part->source) {
      EXPECT_EQ(sentence.find('\t'), std::string::npos);
      EXPECT_EQ(sentence.find("\xC2\xA0"), std::string::npos);
    }
  }
  EXPECT_THAT(data.report,
              ElementsAre("train.de, train.en: 29,000 pairs", "val.de, val.en: 1,014 pairs",
                          "test_2016_flickr.de, test_2016_flickr.en: 1,000 pairs",
                          "validation: the source sentences of 1 pairs are in train too, 0 of them with the same "
                          "translation"));
  options.max_words = 30;
  options.max_length_ratio = 2;
  const auto shorter = read_translation(options, 1);
  EXPECT_EQ(shorter.train.size(), 28925);
  EXPECT_EQ(shorter.report[3],
            "train: 28,925 pairs are left; left out: 40 of more than 30 words, 35 with more than 2 "
            "times as many words on one side");
}

}  // namespace
}  // namespace recur::this_file
