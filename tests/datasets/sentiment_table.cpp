#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "datasets/sentiment/read_sentiment.h"
#include "datasets/sentiment/table.h"
#include "tests/datasets/temporary_folder.h"

namespace recur::this_file {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class SentimentTable : public testing::Test {
 protected:
  LabelledFile read(const std::string& name, const std::string& bytes, const TextColumns& columns = {},
                    const std::string& encoding = "auto") {
    return read_table(folder_.write(name, bytes).string(), columns, encoding);
  }
  // Without the folder.
  std::string error_of(const std::string& name, const std::string& bytes, const TextColumns& columns = {}) {
    auto message = message_of<DataError>([&] { read(name, bytes, columns); });
    const auto folder = folder_.path().string() + "/";
    if (message.starts_with(folder)) message.erase(0, folder.size());
    return message;
  }
  TemporaryFolder folder_;
};

TEST_F(SentimentTable, CSVColumnsAreFoundByName) {
  const auto file =
      read("a.csv", "id;Review;stars\n1;\"good; \"\"very\"\"\";5\n2;bad;1\n", {.text = "Review", .label = "stars"});
  EXPECT_THAT(file.texts, ElementsAre("good; \"very\"", "bad"));
  EXPECT_THAT(file.labels, ElementsAre("5", "1"));
  EXPECT_THAT(file.lines, ElementsAre(2, 3));
}

TEST_F(SentimentTable, WithoutAHeaderColumnsAreFoundByNumber) {
  const TextColumns columns{.text = "2", .label = "1", .header = false};
  EXPECT_THAT(read("a.csv", "yes,good\nno,bad\n", columns).texts, ElementsAre("good", "bad"));
  EXPECT_THAT(read("a.tsv", "yes\tgood, better\nno\tbad\n", columns).texts, ElementsAre("good, better", "bad"));
  EXPECT_EQ(error_of("a.csv", "yes,good\n", {.text = "3", .label = "1", .header = false}),
            "a.csv: no column \"3\": the rows have 2 fields, and no header names them");
}

TEST_F(SentimentTable, DelimiterAndQuotesCanBeNamed) {
  EXPECT_THAT(read("a.csv", "a, b, c;1\nd;0\n", {.text = "1", .label = "2", .header = false, .delimiter = ";"}).texts,
              ElementsAre("a, b, c", "d"));
  EXPECT_THAT(read("a.tsv", "text\tlabel\n\" cut \tx\n", {.quotes = false}).texts, ElementsAre("\" cut"));
  EXPECT_THAT(error_of("a.tsv", "text\tlabel\na \"b\" c\tx\n"),
              testing::AllOf(HasSubstr("a.tsv:2: a quote"), HasSubstr("say data.table.quotes=false")));
}

TEST_F(SentimentTable, MissingTextsAndLabelsAreCounted) {
  const auto file = read("a.csv", "text,label\ngood,1\n,1\nbad,\n\" \",0\n,\n");
  EXPECT_THAT(file.texts, ElementsAre("good"));
  EXPECT_EQ(file.without_text, 3);
  EXPECT_EQ(file.without_label, 1);
  const auto json = read("a.jsonl", R"({"text": null, "label": 1})"
                                    "\n"
                                    R"({"text": "x"})"
                                    "\n"
                                    R"({"text": "y", "label": 0})");
  EXPECT_THAT(json.texts, ElementsAre("y"));
  EXPECT_EQ(json.without_text, 1);
  EXPECT_EQ(json.without_label, 1);
}

TEST_F(SentimentTable, JSONLabelsAreTextNumbersOrBooleans) {
  const std::string records[] = {R"({"text": "a", "label": "good \"one\""})", R"({"label": 3, "text": "b\u00e9\n"})",
                                 R"({"text": "c", "label": true, "more": [1, {}]})"};
  const auto lines = read("a.jsonl", records[0] + "\r\n\n" + records[1] + "\n" + records[2]);
  EXPECT_THAT(lines.texts, ElementsAre("a", "b\xC3\xA9", "c"));
  EXPECT_THAT(lines.labels, ElementsAre("good \"one\"", "3", "true"));
  EXPECT_THAT(lines.lines, ElementsAre(1, 3, 4));
  const auto list = read("a.json", "[" + records[0] + ",\n" + records[1] + "," + records[2] + "]");
  EXPECT_EQ(list.texts, lines.texts);
  EXPECT_EQ(list.labels, lines.labels);
  EXPECT_EQ(read("b.json", records[0] + "\n" + records[1]).size(), 2);
}

TEST_F(SentimentTable, SaysWhatIsMalformedAndWhere) {
  EXPECT_THAT(error_of("a.csv", "text,label\na,1\nb\n"), HasSubstr("a.csv:3: got 1 fields, expected 2"));
  EXPECT_EQ(error_of("a.csv", "Text,label\na,1\n"),
            "a.csv: no column \"text\"; the columns are Text, label; did you mean \"Text\"?");
  EXPECT_THAT(error_of("a.csv", "text,label\na,1\n\xFF,1\n"), HasSubstr("a.csv:3:1"));
  EXPECT_THAT(error_of("a.jsonl", "{\"text\": \"a\", \"label\": 1}\n{\"text\": \"a\",\n"), HasSubstr("a.jsonl:2:"));
  EXPECT_THAT(error_of("a.jsonl", "{\"text\": \"a\", \"label\": 1}\n[1]\n"), HasSubstr("a.jsonl:2: got array"));
  EXPECT_THAT(error_of("a.jsonl", R"({"text": 1, "label": 1})"), HasSubstr("a.jsonl:1: \"text\" is of type number"));
  EXPECT_THAT(error_of("a.jsonl", R"({"text": "a", "label": [1]})"), HasSubstr("\"label\" is of type array"));
  EXPECT_THAT(error_of("a.json", "[{\"text\": \"a\",\n \"label\": 1},\n 7]"),
              HasSubstr("a.json, record 2: got number"));
  EXPECT_THAT(error_of("a.json", "[{\"text\": \"a\",\n \"label\" 1}]"), HasSubstr("a.json:2:"));
  EXPECT_EQ(error_of("a.jsonl", R"({"sentence": "a", "labels": 1})"),
            "a.jsonl: no column \"text\"; the columns are labels, sentence");
  EXPECT_EQ(error_of("a.jsonl", R"({"text": "a", "labels": 1})"),
            "a.jsonl: no column \"label\"; the columns are labels, text; did you mean \"labels\"?");
  EXPECT_EQ(error_of("a.jsonl", "\n"), "a.jsonl: the file is empty, expected JSON objects");
  EXPECT_THAT(error_of("a.xlsx", "PK"), HasSubstr("expected .csv, .tsv, .jsonl or .json"));
}

TEST_F(SentimentTable, ALineOfTenMegabytesDoesNotStopIt) {
  std::string text;
  while (text.size() < 10'000'000) text += "word ";
  text.pop_back();
  EXPECT_EQ(read("a.csv", "text,label\n" + text + ",1\nb,0\n").texts[0], text);
  EXPECT_EQ(read("a.csv", "text,label\n\"" + text + "\",1\nb,0\n").texts[0], text);
  EXPECT_EQ(read("a.jsonl", R"({"text": ")" + text + R"(", "label": 1})").texts[0], text);
}

TEST_F(SentimentTable, ClassesAreOrderedByNumberOrByBytes) {
  const auto classes = [&](const std::string& rows) {
    return read_sentiment({.format = "table",
                           .train = {folder_.write("train.csv", "text,label\n" + rows).string()},
                           .validation_fraction = 0,
                           .test_fraction = 0},
                          1)
        .labels;
  };
  EXPECT_THAT(classes("a,10\nb,9\nc,-1\nd,1.5\ne,9\n"), ElementsAre("-1", "1.5", "9", "10"));
  EXPECT_THAT(classes("a,pos\nb,neg\nc,Neutral\nd,10\ne,9\n"), ElementsAre("10", "9", "Neutral", "neg", "pos"));
}

TEST_F(SentimentTable, RefusesOneClassNoTextAndUnknownLabels) {
  SentimentDataOptions options{.format = "table", .train = {folder_.write("t.csv", "text,label\na,1\nb,1\n").string()}};
  const auto message = [&] { return message_of<DataError>([&] { read_sentiment(options, 1); }); };
  EXPECT_THAT(message(), HasSubstr("t.csv: every example has the label \"1\", expected two classes or more"));
  folder_.write("t.csv", "text,label\n,1\n,0\n");
  EXPECT_THAT(message(), HasSubstr("t.csv: no example with a label"));
  folder_.write("t.csv", "text,label\na,yes\nb,no\n");
  options.test = {folder_.write("test.csv", "text,label\na,no\nb,maybe\n").string()};
  EXPECT_THAT(message(), HasSubstr("test.csv:3: label \"maybe\" does not occur in the training part, whose labels are "
                                   "no, yes"));
}

TEST_F(SentimentTable, SeveralFilesFollowOneAnother) {
  const auto data = read_sentiment({.format = "table",
                                    .train = {folder_.write("a.csv", "text,label\na,1\n").string(),
                                              folder_.write("b.jsonl", R"({"label": 0, "text": "b"})").string()},
                                    .validation_fraction = 0,
                                    .test_fraction = 0},
                                   1);
  EXPECT_THAT(data.train.texts, ElementsAre("a", "b"));
  EXPECT_THAT(data.train.labels, ElementsAre(1, 0));
}

}  // namespace
}  // namespace recur::this_file
