#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/special_tokens.h"
#include "datasets/text/vocabulary.h"
#include "temporary_folder.h"

namespace recur::this_file {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> tokens_of(const Vocabulary& vocabulary) {
  std::vector<std::string> tokens;
  for (int64_t id = 0; id < vocabulary.size(); ++id) tokens.push_back(vocabulary.token(id));
  return tokens;
}

const TokenMap<int64_t> kCounts{{"film", 3}, {"a", 7}, {"z", 3}, {"\xC3\xA9", 3}, {"rare", 1}, {"Zoo", 3}};

TEST(TextVocabulary, OrdersByCountAndTiesByBytes) {
  const auto vocabulary = Vocabulary::build(kCounts);
  EXPECT_THAT(tokens_of(vocabulary), ElementsAre("<pad>", "<unk>", "a", "Zoo", "film", "z", "\xC3\xA9", "rare"));
  EXPECT_EQ(vocabulary.id("a"), 2);
  EXPECT_EQ(vocabulary.id("absent"), kUnknownToken);
  EXPECT_EQ(vocabulary.count(2), 7);
  EXPECT_EQ(vocabulary.count(kPadToken), 0);
  EXPECT_THROW(vocabulary.token(8), std::out_of_range);
  EXPECT_THROW(vocabulary.token(-1), std::out_of_range);
}

TEST(TextVocabulary, KeepsByMinimumCountAndSize) {
  EXPECT_THAT(tokens_of(Vocabulary::build(kCounts, 4)), ElementsAre("<pad>", "<unk>", "a"));
  EXPECT_THAT(tokens_of(Vocabulary::build(kCounts, 1, 2)), ElementsAre("<pad>", "<unk>", "a", "Zoo"));
  EXPECT_EQ(Vocabulary::build({}).size(), 2);
}

TEST(TextVocabulary, ATextCannotBringForthPadding) {
  const auto vocabulary = Vocabulary::build({{"<pad>", 5}, {"<unk>", 5}, {"word", 1}});
  EXPECT_THAT(tokens_of(vocabulary), ElementsAre("<pad>", "<unk>", "word"));
  EXPECT_EQ(vocabulary.id("<pad>"), kUnknownToken);
  EXPECT_EQ(vocabulary.id("<unk>"), kUnknownToken);
}

TEST(TextVocabulary, GoesThroughJson) {
  const auto vocabulary = Vocabulary::build({{"\"", 2}, {"\\\n", 2}, {"\xF0\x9F\x8E\xAC", 1}});
  const auto again = Vocabulary::from_json(vocabulary.to_json());
  EXPECT_EQ(tokens_of(again), tokens_of(vocabulary));
  EXPECT_EQ(again.id("\xF0\x9F\x8E\xAC"), 4);
  EXPECT_EQ(again.count(4), 1);
  EXPECT_EQ(again.to_json(), vocabulary.to_json());
}

TEST(TextVocabulary, RefusesJsonThatIsNone) {
  for (const char* text :
       {"", "[]", "{}", R"({"tokens":["a"],"counts":[]})", R"({"tokens":["a","a"],"counts":[1,1]})"}) {
    EXPECT_THAT(message_of<CheckpointError>([&] { Vocabulary::from_json(text); }), HasSubstr("vocabulary")) << text;
  }
}

}  // namespace
}  // namespace recur::this_file
