#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/special_tokens.h"
#include "datasets/text/pipeline.h"
#include "temporary_folder.h"

namespace recur::this_file {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::vector<std::string> kTexts{"A good film<br />, good!", "not a GOOD film"};

TEST(TextPipelineTest, CountsTheTrainingTexts) {
  const auto pipeline = TextPipeline::fit(kTexts, {});
  EXPECT_EQ(pipeline.vocabulary_size(), 2 + 6);  // good, a, film, !, ",", not
  EXPECT_EQ(pipeline.vocabulary().id("good"), 2);
  EXPECT_EQ(pipeline.vocabulary().count(2), 3);
  EXPECT_THAT(pipeline.tokens("Good, bad"), ElementsAre("good", ",", "bad"));
  EXPECT_THAT(pipeline.encode("Good bad"), ElementsAre(2, kUnknownToken));
}

TEST(TextPipelineTest, NoTextBecomesOneUnknownToken) {
  const auto pipeline = TextPipeline::fit(kTexts, {});
  for (const char* text : {"", " \n", "<br />"}) {
    EXPECT_THAT(pipeline.tokens(text), ElementsAre());
    EXPECT_THAT(pipeline.encode(text), ElementsAre(kUnknownToken));
  }
}

TEST(TextPipelineTest, TruncatesFromEitherEnd) {
  const std::vector<std::string> texts{"one two three four"};
  const auto first = TextPipeline::fit(texts, {.max_tokens = 2, .keep = "first"});
  EXPECT_THAT(first.tokens(texts[0]), ElementsAre("one", "two"));
  EXPECT_THAT(first.tokens("one"), ElementsAre("one"));
  EXPECT_EQ(first.vocabulary().id("three"), kUnknownToken) << "what is cut off is not learned";
  const auto last = TextPipeline::fit(texts, {.max_tokens = 3, .keep = "last"});
  EXPECT_THAT(last.tokens(texts[0]), ElementsAre("two", "three", "four"));
  EXPECT_EQ(last.encode(texts[0]).size(), 3u);
}

TEST(TextPipelineTest, GoesThroughJson) {
  const auto pipeline = TextPipeline::fit(kTexts, {.normalization = "nfkc", .lowercase = false, .max_vocabulary = 3});
  const auto again = TextPipeline::from_json(pipeline.to_json());
  EXPECT_EQ(again.to_json(), pipeline.to_json());
  EXPECT_EQ(again.options().max_vocabulary, 3);
  EXPECT_EQ(again.options().max_tokens, std::nullopt);
  for (const auto& text : kTexts) EXPECT_EQ(again.encode(text), pipeline.encode(text));
  EXPECT_EQ(pipeline.extra_files(), (std::map<std::string, std::string>{{"pipeline.json", pipeline.to_json()}}));
}

TEST(TextPipelineTest, RefusesJsonThatIsNone) {
  const auto good = TextPipeline::fit(kTexts, {}).to_json();
  auto old = good, options = good;
  old.replace(old.find("pipeline 1"), 10, "pipeline 0");
  options.replace(options.find("tokenizer: word"), 15, "tokenizer: wurd");
  for (const auto& text : {std::string(), std::string("{}"), good.substr(0, good.size() / 2), old, options}) {
    EXPECT_THAT(message_of<CheckpointError>([&] { TextPipeline::from_json(text); }), HasSubstr("text pipeline"))
        << text;
  }
}

TEST(TextPipelineTest, NamesWhatItCannotUse) {
  EXPECT_THAT(message_of<DataError>([] { TextPipeline::fit({}, {}); }), HasSubstr("no texts"));
  EXPECT_THAT(message_of<DataError>([] { TextPipeline::fit(kTexts, {}).encode("\xFF"); }), HasSubstr("not UTF-8"));
  EXPECT_THAT(message_of<ConfigError>([] { TextPipeline::fit(kTexts, {.tokenizer = "wurd"}); }), HasSubstr("wurd"));
}

}  // namespace
}  // namespace recur::this_file
