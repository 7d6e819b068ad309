// Translations in small, made here: a file of pairs, JSON, the built-in numbers; what is malformed is named, what is
// empty is counted.
#include <filesystem>
#include <set>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "datasets/translation/numbers.h"
#include "datasets/translation/read_translation.h"
#include "tests/datasets/gzip_file.h"
#include "tests/datasets/temporary_folder.h"

namespace recur::this_file {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

std::string error_of(const TranslationDataOptions& options) {
  return message_of<DataError>([&] { read_translation(options, 1); });
}

TEST(TabSeparatedPairs, AreCarvedSentenceBySentence) {
  const TemporaryFolder folder;
  std::string rows;
  for (int64_t k = 0; k < 100; ++k) rows += fmt::format("s{0}\tt{1}\tCC-BY 2.0 (France) #{1}\n", k / 2, k);
  TranslationDataOptions options{
      .format = "tsv", .train = folder.write("deu.txt", rows), .validation_fraction = 0.1, .test_fraction = 0.2};
  const auto data = read_translation(options, 1);
  EXPECT_EQ(data.test.size(), 20);
  EXPECT_EQ(data.validation.size(), 8);
  EXPECT_EQ(data.train.size(), 72);
  std::set<std::string> targets;
  for (const auto* part : {&data.train, &data.validation, &data.test}) {
    int64_t last = -1;
    for (int64_t k = 0; k < part->size(); ++k) {
      const auto number = std::stoll(part->target[k].substr(1));
      EXPECT_EQ(part->source[k], fmt::format("s{}", number / 2));
      EXPECT_GT(number, last);
      last = number;
      targets.insert(part->target[k]);
    }
    std::set<std::string> sources(part->source.begin(), part->source.end());
    EXPECT_EQ(static_cast<int64_t>(sources.size()) * 2, part->size());  // both translations are here
  }
  EXPECT_EQ(targets.size(), 100u);
  EXPECT_THAT(data.report, ElementsAre("deu.txt: 100 pairs", "test: 20 pairs carved from train",
                                       "validation: 8 pairs carved from train"));
  EXPECT_EQ(read_translation(options, 1).test.source, data.test.source);
  EXPECT_NE(read_translation(options, 2).test.source, data.test.source);
  options.swap = true;
  const auto swapped = read_translation(options, 1);
  EXPECT_THAT(swapped.train.source[0], StartsWith("t"));
  EXPECT_THAT(swapped.train.target[0], StartsWith("s"));
  EXPECT_EQ(swapped.test.size(), 20);
}

TEST(TabSeparatedPairs, AreReadFromAFileForEachSplit) {
  const TemporaryFolder folder;
  write_gzip(folder.path() / "train.tsv.gz", "Go.\tGeh.\r\n\r\n \nHi\xC2\xA0there.\tHallo.\tTom\nx\t\n\t\t\n");
  const auto data = read_translation({.format = "tsv",
                                      .train = folder.path() / "train.tsv.gz",
                                      .validation = folder.write("v.tsv", "a\tb"),
                                      .test = folder.write("t.tsv", "c\td\n")},
                                     1);
  EXPECT_THAT(data.train.source, ElementsAre("Go.", "Hi there."));
  EXPECT_THAT(data.train.target, ElementsAre("Geh.", "Hallo."));
  EXPECT_THAT(data.validation.target, ElementsAre("b"));
  EXPECT_THAT(data.test.source, ElementsAre("c"));
  EXPECT_EQ(data.report[0], "train.tsv.gz: 2 pairs; left out: 2 with an empty side");
}

TEST(TabSeparatedPairs, SayWhatIsMalformed) {
  const TemporaryFolder folder;
  const auto path = folder.write("a.tsv", "a\tb\n\nonly one\n").string();
  TranslationDataOptions options{.format = "tsv", .train = path};
  const std::string expected = ", expected source<TAB>target or source<TAB>target<TAB>attribution";
  EXPECT_EQ(error_of(options), path + ":3: got 1 column" + expected);
  folder.write("a.tsv", "1276\tLet's try.\t77\tVersuchen wir es!\n");  // as Tatoeba exports them
  EXPECT_EQ(error_of(options), path + ":1: got 4 columns" + expected);
  folder.write("a.tsv", "a\tb\nc\t\xFF\n");
  EXPECT_THAT(error_of(options), StartsWith(path + ":2:3"));
  folder.write("a.tsv", "");
  EXPECT_EQ(error_of(options), path + ": no pair of sentences");
  folder.write("a.tsv", "a\tb\n");
  EXPECT_THAT(error_of(options),
              StartsWith("no validation pairs: of 1 in all, none is left for it; give more, or set"));
  options.train = "no/such.tsv";
  EXPECT_THAT(error_of(options), StartsWith("no/such.tsv: there is no such file"));
}

TEST(JsonPairs, StandInTheObjectOrInsideIt) {
  const TemporaryFolder folder;
  const auto path = folder.write("train.jsonl",
                                 "{\"de\": \"eins\", \"en\": \"one\", \"id\": 1}\n\n"
                                 "{\"id\": 2, \"translation\": {\"de\": \"zw\\u00f6lf\\n Hunde\", \"en\": \"x\"}}\r\n"
                                 "{\"translation\": {\"de\": \"\", \"en\": \"x\"}}\n"
                                 "{\"de\": \"drei\", \"en\": \"three\", \"translation\": \"by hand\"}");
  const auto other = folder.write("other.jsonl", "{\"de\": \"vier\", \"en\": \"four\"}");
  TranslationDataOptions options{.format = "jsonl", .train = path, .validation = other, .test_fraction = 0};
  const auto data = read_translation(options, 1);
  EXPECT_THAT(data.train.source, ElementsAre("eins", "zwölf Hunde", "drei"));
  EXPECT_THAT(data.train.target, ElementsAre("one", "x", "three"));
  EXPECT_THAT(data.validation.source, ElementsAre("vier"));
  EXPECT_EQ(data.test.size(), 0);
  EXPECT_THAT(data.report, ElementsAre("train.jsonl: 3 pairs; left out: 1 with an empty side", "other.jsonl: 1 pairs",
                                       "test: 0 pairs carved from train"));
  std::swap(options.source, options.target);
  EXPECT_THAT(read_translation(options, 1).train.source, ElementsAre("one", "x", "three"));
}

TEST(JsonPairs, SayWhatIsMalformed) {
  const TemporaryFolder folder;
  const auto path = folder.write("a.jsonl", "").string();
  const TranslationDataOptions options{.format = "jsonl", .train = path};
  const auto error_for = [&](const std::string& line) {
    folder.write("a.jsonl", "{\"de\": \"a\", \"en\": \"b\"}\n" + line + "\n");
    return error_of(options);
  };
  EXPECT_THAT(error_for("{\"de\": }"), StartsWith(path + ":2:8: not JSON: "));
  EXPECT_THAT(error_for("{\"de\": \"a\","), StartsWith(path + ":2:12: not JSON: "));
  EXPECT_EQ(error_for("[1]"), path + ":2: got array, expected an object: {\"de\": \"...\", \"en\": \"...\"}");
  EXPECT_EQ(error_for("{\"de\": \"a\", \"En\": \"b\"}"),
            path + ":2: no \"en\"; the keys are En, de; did you mean \"En\"?");
  EXPECT_EQ(error_for("{\"translation\": {\"en\": \"b\", \"fr\": \"c\"}}"),
            path + ":2: no \"de\"; the keys are en, fr");
  EXPECT_EQ(error_for("{\"de\": \"a\", \"en\": null}"), path + ":2: \"en\" is null, expected text");
  EXPECT_THAT(error_for("{\"de\": \"\xE9\"}"), StartsWith(path + ":2:9"));
}

TEST(TranslationData, OfNumbersIsBuiltIn) {
  TranslationDataOptions options{.simulate_examples = 200};
  const auto numbers = simulate_numbers(200, 5);
  const auto data = read_translation(options, 5);
  EXPECT_EQ(data.train.source, numbers.train.source);
  EXPECT_EQ(data.test.target, numbers.test.target);
  EXPECT_EQ(data.report, numbers.report);
  options.swap = true;
  const auto swapped = read_translation(options, 5);
  EXPECT_EQ(swapped.train.source, numbers.train.target);
  EXPECT_EQ(swapped.validation.target, numbers.validation.source);
  options.format = "line";
  EXPECT_EQ(message_of<ConfigError>([&] { read_translation(options, 1); }),
            "format: got \"line\", expected numbers, lines, tsv or jsonl; did you mean \"lines\"?");
}

TEST(TranslationOptions, AreCheckedTogether) {
  const auto errors_of = [](const std::string& yaml) {
    return message_of<ConfigError>([&] { read_options<TranslationDataOptions>(parse_config(yaml, "c.yaml")); });
  };
  EXPECT_THAT(errors_of("folder: x"), HasSubstr("folder: is for format lines only"));
  EXPECT_THAT(errors_of("{format: tsv, train: x, target: fr}"),
              HasSubstr("target: is for formats lines and jsonl only"));
  EXPECT_THAT(errors_of("source: fr"), HasSubstr("source: is for formats lines and jsonl only"));
  EXPECT_THAT(errors_of("{format: lines, source: en}"), HasSubstr("target: must be another language than source"));
  EXPECT_THAT(errors_of("{format: lines, source: \"\"}"), HasSubstr("source: "));
  EXPECT_THAT(errors_of("format: tsv"), HasSubstr("train: tsv needs its file: deu.txt"));
  EXPECT_THAT(errors_of("format: jsonl"), HasSubstr("train: jsonl needs its file: train.jsonl"));
  EXPECT_THAT(errors_of("{train: a, validation: b, test: c}"),
              AllOf(HasSubstr("train: numbers are built in"), HasSubstr("validation: numbers are built in, not read"),
                    HasSubstr("test: numbers are built in")));
  EXPECT_THAT(errors_of("{format: lines, swap: true}"),
              HasSubstr("swap: is for formats numbers and tsv only: otherwise exchange source and target"));
  EXPECT_THAT(errors_of("{joint_vocabulary: true, target_text: {tokenizer: character}}"),
              HasSubstr("target_text: with joint_vocabulary source_text is for both languages: leave target_text out"));
  for (const auto* good : {"{format: lines, source: en, target: de}", "{format: tsv, train: x, swap: true}",
                           "swap: true", "{joint_vocabulary: true, source_text: {tokenizer: character}}",
                           "{joint_vocabulary: true, source_text: {min_count: 2}, target_text: {min_count: 2}}"}) {
    const auto options = read_options<TranslationDataOptions>(parse_config(good, "c.yaml"));
    EXPECT_EQ(to_yaml(read_options<TranslationDataOptions>(parse_config(to_yaml(options), "d.yaml"))),
              to_yaml(options));
  }
}

}  // namespace
}  // namespace recur::this_file
