#include "trainers/metrics/caption_scores.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "trainers/metrics/bleu.h"
#include "trainers/metrics/cider.h"
#include "trainers/metrics/rouge_l.h"

namespace recur::this_file {
namespace {

using testing::ElementsAre;

const std::vector<std::string> kCaptions = {"a dog runs on the grass", "two men", "a red ball"};

TEST(CaptionScores, AreThoseOfEachMetric) {
  const std::vector<References> references = {
      caption_words(std::vector<std::string>{"a dog runs on green grass", "the dog is running on the grass"}),
      caption_words(std::vector<std::string>{"two men", "two men sit on a bench"}),
      caption_words(std::vector<std::string>{"a blue ball"})};
  const auto scores = score_captions(kCaptions, references);
  std::vector<Tokens> candidates;
  for (const auto& caption : kCaptions) candidates.push_back(caption_words(caption));
  const auto statistics = bleu_statistics(candidates, references);
  const auto each = cider_d(candidates, references), rouge = rouge_l(candidates, references);
  EXPECT_EQ(scores.cider_d, each);
  EXPECT_DOUBLE_EQ(scores.corpus.at("bleu1"), bleu(statistics, 1));
  EXPECT_DOUBLE_EQ(scores.corpus.at("bleu4"), bleu(statistics, 4));
  EXPECT_DOUBLE_EQ(scores.corpus.at("rouge_l"), (rouge[0] + rouge[1] + rouge[2]) / 3);
  EXPECT_DOUBLE_EQ(scores.corpus.at("cider_d"), (each[0] + each[1] + each[2]) / 3);
  EXPECT_DOUBLE_EQ(scores.corpus.at("exact_match"), 1.0 / 3);
}

TEST(CaptionScores, TakeWhatStandsBetweenBlanksForAWord) {
  EXPECT_THAT(caption_words("a  man 's\tt-shirt "), ElementsAre("a", "man", "'s", "t-shirt"));
  EXPECT_THAT(caption_words(""), ElementsAre());
}

TEST(CaptionScores, RefuseACaptionWithoutReferences) {
  EXPECT_THROW(score_captions({"a dog"}, {{}}), DataError);
  EXPECT_THROW(score_captions({}, {}), DataError);
}

}  // namespace
}  // namespace recur::this_file
