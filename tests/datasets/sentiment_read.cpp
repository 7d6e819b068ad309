// Public sets in small, made here: what is malformed is named, and splits are what the files or the options say.
#include <memory>
#include <set>

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "datasets/sentiment/read_sentiment.h"
#include "tests/datasets/temporary_folder.h"

namespace recur::this_file {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string error_of(const SentimentDataOptions& options) {
  return message_of<DataError>([&] { read_sentiment(options, 1); });
}

TEST(ReadSentiment, SST2HasAHeaderOrNone) {
  const TemporaryFolder folder;
  folder.write("train.tsv", "sentence\tlabel\na good film \t1\n\" quoted \t0\r\n\t1\nno label\t\n\n");
  folder.write("dev.tsv", "fine\t1\n");
  folder.write("test.tsv", "sentence label\t0\nsentence\t1\n");
  const auto data = read_sentiment({.format = "sst2", .folder = folder.path()}, 1);
  EXPECT_THAT(data.labels, ElementsAre("negative", "positive"));
  EXPECT_THAT(data.train.texts, ElementsAre("a good film", "\" quoted"));
  EXPECT_THAT(data.train.labels, ElementsAre(1, 0));
  EXPECT_THAT(data.validation.texts, ElementsAre("fine"));
  EXPECT_THAT(data.test.texts, ElementsAre("sentence label", "sentence"));
  EXPECT_THAT(data.report, ElementsAre("train.tsv: 2 texts (utf-8); left out: 1 without text, 1 without label",
                                       "dev.tsv: 1 texts (utf-8)", "test.tsv: 2 texts (utf-8)"));
}

TEST(ReadSentiment, SST2SaysWhichLineIsMalformed) {
  const TemporaryFolder folder;
  const SentimentDataOptions options{.format = "sst2", .folder = folder.path()};
  const auto train = folder.write("train.tsv", "good\t1\nbad 0\n").string();
  EXPECT_EQ(error_of(options), train + ":2: no tab, expected sentence<TAB>label");
  folder.write("train.tsv", "sentence\tlabel\ngood\t2\n");
  EXPECT_THAT(error_of(options), HasSubstr(train + ":2: label \"2\", expected 0 (negative) or 1 (positive)"));
  folder.write("train.tsv", "good\t1\nbad \xE9\t0\n");
  EXPECT_THAT(error_of(options), HasSubstr(train + ":2:5"));
  folder.write("train.tsv", "good\t1\nbad\t0\n");
  EXPECT_THAT(error_of(options), HasSubstr((folder.path() / "dev.tsv").string() + ": there is no such file"));
}

TEST(ReadSentiment, AnotherEncodingCanBeNamed) {
  const TemporaryFolder folder;
  folder.write("train.tsv", "caf\xE9\t1\nbad\t0\n");
  folder.write("dev.tsv", "a\t1\n");
  folder.write("test.tsv", "a\t1\n");
  const auto data = read_sentiment({.format = "sst2", .folder = folder.path(), .encoding = "latin-1"}, 1);
  EXPECT_EQ(data.train.texts[0], "caf\xC3\xA9");
}

TEST(ReadSentiment, TRECSaysWhichLineIsMalformed) {
  const TemporaryFolder folder;
  const auto train = folder.write("train_5500.label", "HUM:ind Who ?\nLOC city Where ?\n").string();
  folder.write("TREC_10.label", "HUM:ind Who ?\n");
  const SentimentDataOptions options{.format = "trec", .folder = folder.path()};
  EXPECT_EQ(error_of(options), train + ":2: begins with \"LOC city Where ?\", expected COARSE:fine question");
  folder.write("train_5500.label", "HUM:ind Who ?\n");
  EXPECT_EQ(error_of(options), train + ": every example has the label \"HUM\", expected two classes or more");
  folder.write("train_5500.label", "HUM:ind Who ?\nLOC:city Where ?\n");
  folder.write("TREC_10.label", "\nLOK:city Where ?\n");
  EXPECT_THAT(error_of(options), HasSubstr("TREC_10.label:2: label \"LOK\" does not occur in the training part, whose "
                                           "labels are HUM, LOC; did you mean \"LOC\"?"));
}

// aclImdb in small: paths and texts.
const std::vector<std::pair<std::string, std::string>> kReviews{{"aclImdb/train/pos/10_9.txt", "second"},
                                                                {"aclImdb/train/pos/0_9.txt", "first\ngood"},
                                                                {"aclImdb/train/neg/3_1.txt", "zero"},
                                                                {"aclImdb/train/unsup/1_0.txt", "unlabelled"},
                                                                {"aclImdb/train/pos/index.html", "none"},
                                                                {"aclImdb/test/pos/1_9.txt", "tested"},
                                                                {"aclImdb/test/neg/2_2.txt", "worse"},
                                                                {"aclImdb/test/neg/3_2.txt", " \n"},
                                                                {"aclImdb/README", "read me"}};

std::filesystem::path write_tar_gz(const std::filesystem::path& path) {
  const std::unique_ptr<archive, int (*)(archive*)> writer(archive_write_new(), archive_write_free);
  archive_write_add_filter_gzip(writer.get());
  archive_write_set_format_ustar(writer.get());
  EXPECT_EQ(archive_write_open_filename(writer.get(), path.c_str()), ARCHIVE_OK);
  for (const auto& [name, text] : kReviews) {
    const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(), archive_entry_free);
    archive_entry_set_pathname(entry.get(), name.c_str());
    archive_entry_set_size(entry.get(), static_cast<int64_t>(text.size()));
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0644);
    archive_write_header(writer.get(), entry.get());
    archive_write_data(writer.get(), text.data(), text.size());
  }
  return path;
}

TEST(ReadSentiment, IMDBIsTheSameFromItsFolderAndFromItsArchive) {
  const TemporaryFolder unpacked, packed;
  for (const auto& [name, text] : kReviews) unpacked.write(name, text);
  const auto archive = write_tar_gz(packed.path() / "aclImdb_v1.tar.gz");
  for (const auto& folder : {unpacked.path(), unpacked.path() / "aclImdb", packed.path(), archive}) {
    const auto data = read_sentiment({.format = "imdb", .folder = folder, .validation_fraction = 0}, 1);
    EXPECT_THAT(data.labels, ElementsAre("negative", "positive"));
    EXPECT_THAT(data.train.texts, ElementsAre("zero", "first\ngood", "second"));
    EXPECT_THAT(data.train.labels, ElementsAre(0, 1, 1));
    EXPECT_THAT(data.test.texts, ElementsAre("worse", "tested"));
    ASSERT_EQ(data.report.size(), 2u);
    EXPECT_THAT(data.report[1], HasSubstr(": test: 2 texts (utf-8); left out: 1 without text"));
  }
}

// Line k of urls_pos.txt is the film of pos/k_*.txt.
TEST(ReadSentiment, IMDBKeepsTheReviewsOfAFilmInOneSplit) {
  const TemporaryFolder folder;
  std::string films;
  for (int k = 0; k < 60; ++k) {
    films += "http://film/" + std::to_string(k % 6) + "\n";
    for (const std::string side : {"pos", "neg"}) {
      folder.write("aclImdb/train/" + side + "/" + std::to_string(k) + "_9.txt", "film " + std::to_string(k % 6));
    }
  }
  folder.write("aclImdb/train/urls_pos.txt", films);
  folder.write("aclImdb/train/urls_neg.txt", films);
  folder.write("aclImdb/test/pos/0_9.txt", "tested");
  const auto data = read_sentiment({.format = "imdb", .folder = folder.path(), .validation_fraction = 0.3}, 1);
  EXPECT_EQ(data.validation.size(), 40);  // two films of twenty reviews: the second begins within 30 %
  EXPECT_EQ(data.train.size(), 80);
  for (const auto& text : data.validation.texts) {
    EXPECT_THAT(data.train.texts, testing::Not(testing::Contains(text)));
  }
}

TEST(ReadSentiment, IMDBSaysWhatIsAbsentCutOrNotText) {
  const TemporaryFolder folder;
  const SentimentDataOptions options{.format = "imdb", .folder = folder.path()};
  EXPECT_THAT(error_of(options), HasSubstr("there is no such file"));
  folder.write("aclImdb/train/neg/0_1.txt", "bad");
  folder.write("aclImdb/train/pos/0_9.txt",
               "good\nb\xE9"
               "b\xE9");
  EXPECT_THAT(error_of(options), HasSubstr("train/pos/0_9.txt:2:2"));
  folder.write("aclImdb/train/pos/0_9.txt", "good");
  EXPECT_THAT(error_of(options), HasSubstr("aclImdb: test: no reviews, expected aclImdb/{train,test}/{pos,neg}/*.txt"));

  const TemporaryFolder packed;
  const auto archive = write_tar_gz(packed.path() / "cut.tar.gz");
  std::filesystem::resize_file(archive, std::filesystem::file_size(archive) / 2);
  EXPECT_THAT(error_of({.format = "imdb", .folder = packed.path()}), HasSubstr("cut.tar.gz: cannot be unpacked: "));
  write_tar_gz(packed.path() / "other.tar.gz");
  EXPECT_THAT(error_of({.format = "imdb", .folder = packed.path()}), HasSubstr("say which by folder"));
}

// Splits, seen on a table of 20 texts a class.
class SentimentSplits : public testing::Test {
 protected:
  SentimentSplits() {
    std::string rows = "text,label\n";
    for (int k = 0; k < 40; ++k) rows += fmt::format("text {},{}\n", k, k % 2 ? "yes" : "no");
    options_.format = "table";
    options_.train = {folder_.write("train.csv", rows).string()};
  }
  TemporaryFolder folder_;
  SentimentDataOptions options_;
};

TEST_F(SentimentSplits, WhatIsAbsentIsCarvedFromTrainingAndStratified) {
  const auto data = read_sentiment(options_, 1);
  EXPECT_EQ(data.test.size(), 4);
  EXPECT_EQ(data.validation.size(), 4);  // a tenth of 36
  EXPECT_EQ(data.train.size(), 32);
  for (const auto* part : {&data.train, &data.validation, &data.test}) {
    EXPECT_EQ(std::count(part->labels.begin(), part->labels.end(), 1) * 2, part->size());
  }
  std::set<std::string> all(data.train.texts.begin(), data.train.texts.end());
  all.insert(data.validation.texts.begin(), data.validation.texts.end());
  all.insert(data.test.texts.begin(), data.test.texts.end());
  EXPECT_EQ(all.size(), 40u);
  EXPECT_EQ(read_sentiment(options_, 1).test.texts, data.test.texts);
  EXPECT_NE(read_sentiment(options_, 2).test.texts, data.test.texts);
  EXPECT_EQ(read_sentiment(options_, 1).report, (std::vector<std::string>{"train.csv: 40 texts (utf-8)"}));
}

TEST_F(SentimentSplits, GivenFilesAreNotMixed) {
  options_.validation = {folder_.write("validation.csv", "text,label\nv,yes\n").string()};
  options_.test = {folder_.write("test.csv", "text,label\nt,no\n").string()};
  const auto data = read_sentiment(options_, 1);
  EXPECT_EQ(data.train.size(), 40);
  EXPECT_THAT(data.validation.texts, ElementsAre("v"));
  EXPECT_THAT(data.test.texts, ElementsAre("t"));
}

TEST_F(SentimentSplits, EveryTextOfTheTrainingPartIsInOneTestFold) {
  options_.test = {folder_.write("test.csv", "text,label\nnever seen,no\n").string()};
  options_.folds = 8;
  std::multiset<std::string> tested;
  for (int64_t fold = 1; fold <= 8; ++fold) {
    options_.fold = fold;
    const auto data = read_sentiment(options_, 1);
    EXPECT_EQ(data.test.size(), 5);
    EXPECT_EQ(data.validation.size(), 4);
    EXPECT_EQ(data.train.size(), 31);
    tested.insert(data.test.texts.begin(), data.test.texts.end());
  }
  EXPECT_EQ(tested.size(), 40u);
  EXPECT_EQ(std::set(tested.begin(), tested.end()).size(), 40u);
  options_.fold = 9;
  EXPECT_THROW(read_sentiment(options_, 1), ConfigError);
}

TEST_F(SentimentSplits, TheSeedDoesNotChangeTheBuiltInReviews) {
  const SentimentDataOptions reviews{.simulate_examples = 100};
  const auto one = read_sentiment(reviews, 1), two = read_sentiment(reviews, 2);
  EXPECT_EQ(one.train.size() + one.validation.size() + one.test.size(), 100);
  const auto all = [](const SentimentData& data) {
    std::set<std::string> texts(data.train.texts.begin(), data.train.texts.end());
    texts.insert(data.validation.texts.begin(), data.validation.texts.end());
    texts.insert(data.test.texts.begin(), data.test.texts.end());
    return texts;
  };
  EXPECT_EQ(all(one), all(two));
}

}  // namespace
}  // namespace recur::this_file
