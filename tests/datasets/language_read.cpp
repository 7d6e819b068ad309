// Running text: files made here, and PTB and tiny Shakespeare in $RECUR_DATA (or ../shared/data), whose numbers were
// counted by a separate program (Python's split and len).
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/files.h"
#include "datasets/language/brackets.h"
#include "datasets/language/read_language.h"
#include "datasets/text/pipeline.h"
#include "datasets/text/tokenizer.h"
#include "tests/datasets/gzip_file.h"
#include "tests/datasets/temporary_folder.h"

namespace recur::this_file {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

std::filesystem::path data_folder(const std::string& name) {
  const char* given = std::getenv("RECUR_DATA");
  return std::filesystem::path(given && *given ? given : RECUR_SOURCE_DIR "/../shared/data") / name;
}

#define SKIP_WITHOUT(folder) \
  if (!std::filesystem::exists(folder)) GTEST_SKIP() << folder << " is not there: set RECUR_DATA (recur data list)"

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  split_whitespace(text, [&](std::string_view word) { words.emplace_back(word); });
  return words;
}

class LanguageText : public testing::Test {
 protected:
  // Options for a training file of that content.
  LanguageDataOptions with(const std::string& train) const {
    return {.format = "text", .train = folder_.write("train.txt", train).string()};
  }
  static std::string error_of(const LanguageDataOptions& options) {
    return message_of<DataError>([&] { read_language(options, 1); });
  }

  TemporaryFolder folder_;
  std::string path_ = (folder_.path() / "train.txt").string();
};

TEST_F(LanguageText, IsCutFromTheEndByCharacters) {
  auto options = with("aeiouäöüßé");
  options.validation_fraction = 0.3;
  options.test_fraction = 0.2;
  const auto data = read_language(options, 1);
  EXPECT_EQ(data.train, "aeiou");
  EXPECT_EQ(data.validation, "äöü");
  EXPECT_EQ(data.test, "ßé");
  EXPECT_THAT(data.report, ElementsAre("train.txt: 10 characters, 1 lines", "test: 2 characters from the end of train",
                                       "validation: 3 characters from the end of train"));
  options.validation_fraction = 0.01;  // rounded up
  options.test_fraction = 0;
  const auto least = read_language(options, 1);
  EXPECT_EQ(least.train, "aeiouäöüß");
  EXPECT_EQ(least.validation, "é");
  EXPECT_EQ(least.test, "");
}

TEST_F(LanguageText, LosesNothingToTheCuts) {
  std::string text;
  for (int k = 0; k < 997; ++k) text += k % 7 == 0 ? "\n" : k % 3 == 0 ? " " : k % 5 == 0 ? "€" : "x";
  for (const auto* tokenizer : {"character", "word", "whitespace"}) {
    auto options = with(text);
    options.test_fraction = 0.13;
    options.text.tokenizer = tokenizer;
    const auto data = read_language(options, 1);
    EXPECT_EQ(data.train + data.validation + data.test, text) << tokenizer;
    EXPECT_FALSE(data.test.empty());
  }
}

TEST_F(LanguageText, TearsNoWordUnlessCharactersAreTokens) {
  auto options = with("one two three four five\nsix");  // 10 % of 27 characters: the cut is in "six"
  EXPECT_EQ(read_language(options, 1).validation, "six");
  options.validation_fraction = 0.4;  // 11: in "four"
  EXPECT_EQ(read_language(options, 1).validation, "ur five\nsix");
  options.text.tokenizer = "word";
  EXPECT_EQ(read_language(options, 1).validation, "five\nsix");
  options.text.tokenizer = "whitespace";
  options.line_ends = "token";  // whole lines
  const auto data = read_language(options, 1);
  EXPECT_EQ(data.train, "one two three four five <eos> ");
  EXPECT_EQ(data.validation, "six <eos> ");
  options = with("abcdefghij");  // no place to cut at: where it was to be
  options.text.tokenizer = "whitespace";
  EXPECT_EQ(read_language(options, 1).validation, "j");
}

TEST_F(LanguageText, HasFilesForTheOtherSplits) {
  auto options = with("train on this");
  options.validation = folder_.write("v.txt", "v");
  options.test = folder_.write("t.txt", "t\n");
  options.test_fraction = 0.5;  // not needed
  const auto data = read_language(options, 1);
  EXPECT_EQ(data.train, "train on this");
  EXPECT_EQ(data.validation, "v");
  EXPECT_EQ(data.test, "t\n");
  EXPECT_THAT(data.report, ElementsAre("train.txt: 13 characters, 1 lines", "v.txt: 1 characters, 1 lines",
                                       "t.txt: 2 characters, 1 lines"));
}

TEST_F(LanguageText, LineEndsBecomeWhatIsAskedFor) {
  auto options = with("\xEF\xBB\xBF a b \r\n\r\n\tc\rd\n\ne");
  options.validation = folder_.write("v.txt", "v\r\n");
  EXPECT_EQ(read_language(options, 1).train, " a b \n\n\tc\rd\n\ne");
  EXPECT_EQ(read_language(options, 1).validation, "v\n");
  options.line_ends = "blank";
  EXPECT_EQ(read_language(options, 1).train, " a b   \tc\rd  e");
  options.line_ends = "token";
  EXPECT_EQ(read_language(options, 1).train, "a b <eos> <eos> c\rd <eos> <eos> e <eos> ");
  EXPECT_EQ(read_language(options, 1).validation, "v <eos> ");
  options.line_ends = "tokens";
  EXPECT_THAT(message_of<ConfigError>([&] { read_language(options, 1); }),
              StartsWith("line_ends: got \"tokens\", expected keep, token or blank"));
}

TEST_F(LanguageText, IsUnpackedAndReportsHowFarItIs) {
  const std::string text(600000, 'x');
  const auto path = folder_.path() / "train.txt.gz";
  write_gzip(path, text);
  int64_t last = 0, size = 1;
  const auto data = read_language({.format = "text", .train = path.string()}, 1,
                                  [&](const std::string& what, int64_t done, int64_t total) {
                                    EXPECT_EQ(what, "train.txt.gz");
                                    EXPECT_GE(done, last);
                                    last = done;
                                    size = total;
                                  });
  EXPECT_EQ(last, size);
  EXPECT_EQ(data.train + data.validation, text);
  const auto bytes = read_file(path);
  folder_.write("train.txt.gz", bytes.substr(0, bytes.size() / 2));
  EXPECT_THAT(error_of({.format = "text", .train = path.string()}),
              StartsWith(path.string() + ": cannot be unpacked: "));
}

TEST_F(LanguageText, IsReadInTheEncodingThatIsNamed) {
  auto options = with("caf\xE9 au lait");
  EXPECT_EQ(error_of(options), path_ +
                                   ":1:4: byte 0xE9 is not utf-8: if the file is windows-1252, say "
                                   "data.encoding=windows-1252");
  options.encoding = "windows-1252";
  EXPECT_EQ(read_language(options, 1).train, "café au la");
  EXPECT_THAT(error_of(with("one\ntwo\xFF")), StartsWith(path_ + ":2:4: byte 0xFF is not utf-8"));
}

TEST_F(LanguageText, SaysWhatCannotBeUsed) {
  EXPECT_EQ(error_of(with("")), path_ + ": is empty");
  EXPECT_EQ(error_of(with("\xEF\xBB\xBF")), path_ + ": is empty");
  EXPECT_EQ(error_of(with("a")), "no training text; give more, or set data.validation_fraction and data.test_fraction");
  auto options = with("abc");
  options.validation_fraction = 0;
  EXPECT_EQ(error_of(options), "no validation text; give more, or set data.validation_fraction and data.test_fraction");
  options.validation = folder_.path() / "gone.txt";
  EXPECT_THAT(error_of(options), StartsWith(options.validation + ": there is no such file"));
  options.validation = folder_.path();
  EXPECT_THAT(error_of(options), StartsWith(options.validation + ": is a folder"));
  options.validation = folder_.write("v.txt", "v");
  options.test = folder_.write("t.txt", "");
  EXPECT_EQ(error_of(options), options.test + ": is empty");
  EXPECT_EQ(message_of<ConfigError>([] { read_language({.format = "pbt"}, 1); }),
            "format: got \"pbt\", expected brackets, text or ptb; did you mean \"ptb\"?");
}

TEST(LanguageBrackets, AreThreeTextsOfTheirOwn) {
  const LanguageDataOptions options{.simulate_tokens = 5003};
  const auto data = read_language(options, 1);
  EXPECT_EQ(data.train.size(), 4003u);
  EXPECT_EQ(data.validation.size(), 500u);
  EXPECT_EQ(data.test.size(), 500u);
  EXPECT_NE(data.validation, data.test);
  EXPECT_NE(data.validation, data.train.substr(0, 500));
  EXPECT_GT(bracket_nats(data.validation), 0.9);  // and begins outside of all brackets
  EXPECT_THAT(data.report, ElementsAre(HasSubstr("4,003 characters for training, 500 for validation, 500 for test")));
  EXPECT_EQ(read_language(options, 1).train, data.train);
  EXPECT_NE(read_language(options, 2).train, data.train);
}

TEST(LanguagePTB, IsReadAsMikolovMeantIt) {
  const TemporaryFolder folder;
  folder.write("ptb.train.txt", " the <unk> was \n it fell N \n");
  folder.write("ptb.valid.txt", " it was \n");
  folder.write("ptb.test.txt", " rose \n");
  LanguageDataOptions options{.format = "ptb", .folder = folder.path().string()};
  options.text.tokenizer = "whitespace";
  const auto data = read_language(options, 1);
  EXPECT_EQ(data.train, "the <unk> was <eos> it fell N <eos> ");
  EXPECT_EQ(data.test, "rose <eos> ");
  EXPECT_EQ(data.report[0], "ptb.train.txt: 28 characters, 2 lines");
  const auto pipeline = TextPipeline::fit({&data.train, 1}, options.text);
  EXPECT_THAT(pipeline.encode("<unk> rose"), ElementsAre(1, 1));
  EXPECT_THAT(pipeline.tokens(data.validation), ElementsAre("it", "was", "<eos>"));
  options.folder = "";
  const char* given = std::getenv("RECUR_DATA");
  const std::string before = given ? given : "";
  setenv("RECUR_DATA", (folder.path() / "none").c_str(), 1);
  const auto error = message_of<DataError>([&] { read_language(options, 1); });
  given ? setenv("RECUR_DATA", before.c_str(), 1) : unsetenv("RECUR_DATA");
  EXPECT_THAT(error, StartsWith("ptb/ptb.train.txt: there is no such file"));
  EXPECT_THAT(error, HasSubstr("recur data fetch ptb gets it"));
}

TEST(LanguagePTB, HasTheCountsThatArePublished) {
  const auto folder = data_folder("ptb");
  SKIP_WITHOUT(folder);
  LanguageDataOptions options{.format = "ptb", .folder = folder.string()};
  options.text.tokenizer = "whitespace";
  const auto data = read_language(options, 1);
  const auto train = words_of(data.train), validation = words_of(data.validation), test = words_of(data.test);
  EXPECT_EQ(train.size(), 929589u);
  EXPECT_EQ(validation.size(), 73760u);
  EXPECT_EQ(test.size(), 82430u);
  EXPECT_EQ(std::ranges::count(train, "<eos>"), 42068);
  EXPECT_EQ(std::ranges::count(validation, "<eos>"), 3370);
  EXPECT_EQ(std::ranges::count(test, "<eos>"), 3761);
  const std::set<std::string> types(train.begin(), train.end());
  EXPECT_EQ(types.size(), 10000u);
  EXPECT_TRUE(types.contains("<unk>") && types.contains("<eos>"));
  EXPECT_TRUE(std::ranges::all_of(test, [&](const auto& word) { return types.contains(word); }));
  EXPECT_THAT(data.report,
              ElementsAre(HasSubstr(", 42,068 lines"), HasSubstr(", 3,370 lines"), HasSubstr(", 3,761 lines")));
  const auto pipeline = TextPipeline::fit({&data.train, 1}, options.text);
  EXPECT_EQ(pipeline.vocabulary_size(), 10001);  // padding on top; the text's <unk> is the pipeline's
  const auto ids = pipeline.encode(data.test);
  EXPECT_EQ(ids.size(), 82430u);
  EXPECT_EQ(std::ranges::count(ids, 1), std::ranges::count(test, "<unk>"));
}

TEST(LanguageTinyShakespeare, IsCutAsNinetyToTen) {
  const auto file = data_folder("tinyshakespeare") / "input.txt";
  SKIP_WITHOUT(file);
  const LanguageDataOptions options{.format = "text", .train = file.string()};
  const auto data = read_language(options, 1);
  EXPECT_EQ(data.train.size(), 1003854u);
  EXPECT_EQ(data.validation.size(), 111540u);
  EXPECT_EQ(data.test, "");
  EXPECT_TRUE(data.train.ends_with("\nBut who comes here"));
  EXPECT_TRUE(data.validation.starts_with("?\n\nGREMIO:\n"));
  EXPECT_THAT(data.report, ElementsAre("input.txt: 1,115,394 characters, 40,000 lines",
                                       "validation: 111,540 characters from the end of train"));
  const auto pipeline = TextPipeline::fit({&data.train, 1}, options.text);
  EXPECT_EQ(pipeline.vocabulary_size(), 65 + 2);  // padding and unknown
  const auto ids = pipeline.encode(data.validation);
  EXPECT_EQ(ids.size(), 111540u);
  EXPECT_EQ(pipeline.decode(ids), data.validation);
}

TEST(LanguageOptions, AreCheckedTogether) {
  const auto errors_of = [](const std::string& yaml) {
    return message_of<ConfigError>([&] { read_options<LanguageDataOptions>(parse_config(yaml, "c.yaml")); });
  };
  EXPECT_THAT(errors_of("format: text"), HasSubstr("train: text needs its file: mine.txt"));
  EXPECT_THAT(errors_of("train: a.txt"), HasSubstr("train: is for format text only"));
  EXPECT_THAT(errors_of("{format: ptb, validation: a.txt}"), HasSubstr("validation: is for format text only"));
  EXPECT_THAT(errors_of("test: a.txt"), HasSubstr("test: is for format text only"));
  EXPECT_THAT(errors_of("encoding: latin-1"), HasSubstr("encoding: is for format text only"));
  EXPECT_THAT(errors_of("folder: a"), HasSubstr("folder: is for format ptb only"));
  EXPECT_THAT(errors_of("{format: text, train: a, validation_fraction: 0.5, test_fraction: 0.5}"),
              HasSubstr("validation_fraction: with test_fraction this leaves nothing for the training split"));
  EXPECT_THAT(errors_of("{format: text, train: a, validation_fraction: 0}"),
              HasSubstr("validation_fraction: must be more than 0 unless validation names a file"));
  EXPECT_THAT(errors_of("line_ends: blank"), HasSubstr("line_ends: is for format text only"));
  EXPECT_THAT(errors_of("{format: ptb, line_ends: blank, text: {tokenizer: whitespace}}"),
              HasSubstr("line_ends: those of ptb are token"));
  EXPECT_THAT(errors_of("format: ptb"),
              HasSubstr("text.tokenizer: ptb needs whitespace: its words stand between blanks"));
  EXPECT_THAT(errors_of("{format: text, train: a, line_ends: token, text: {tokenizer: word}}"),
              HasSubstr("text.tokenizer: line_ends=token needs whitespace: others would split <eos>"));
  EXPECT_THAT(errors_of("text: {max_tokens: 10}"), HasSubstr("text.max_tokens: would leave out most of the text"));
  const auto good = read_options<LanguageDataOptions>(
      parse_config("{format: text, train: a, validation: b, validation_fraction: 0, text: {min_count: 2}}", "c.yaml"));
  EXPECT_EQ(good.text.tokenizer, "character");  // what the map does not give stays this struct's default
  EXPECT_FALSE(good.text.lowercase);
  EXPECT_NO_THROW(read_options<LanguageDataOptions>(
      parse_config("{format: ptb, line_ends: token, text: {tokenizer: whitespace}}", "c.yaml")));
}

}  // namespace
}  // namespace recur::this_file
