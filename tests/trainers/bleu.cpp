// BLEU against nltk and pycocoevalcap (tests/interop/_caption_oracle.py prints the numbers) and by hand.
#include "trainers/metrics/bleu.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/trainers/caption_example.h"

namespace recur::this_file {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;
using ::testing::SizeIs;

BleuStatistics statistics_of(const CaptionExample& example) {
  return bleu_statistics(example.candidates, example.references);
}

TEST(Ngrams, AreCountedByOrder) {
  const Tokens tokens = words("a b a b");
  const NgramCounts counts = count_ngrams(tokens, 2);
  const Tokens ab = words("a b"), ba = words("b a"), a = words("a");
  EXPECT_THAT(counts, SizeIs(4));
  EXPECT_EQ(counts.at(a), 2);
  EXPECT_EQ(counts.at(ab), 2);
  EXPECT_EQ(counts.at(ba), 1);
  EXPECT_THAT(count_ngrams({}, 4), SizeIs(0));
}

TEST(Bleu, AgreesWithNltkAndPycocoevalcap) {
  const BleuStatistics found = statistics_of(caption_example(200));
  const double nltk[] = {0.7890241242755892, 0.664757856498727, 0.5790294740357584, 0.5105734942986686};
  const double pycocoevalcap[] = {0.7890241242746495, 0.6647578564979085, 0.5790294740350173, 0.5105734942979842};
  for (int64_t order = 1; order <= kBleuOrder; ++order) {
    EXPECT_NEAR(bleu(found, order), nltk[order - 1], 1e-14) << order;
    EXPECT_NEAR(bleu(found, order), pycocoevalcap[order - 1], 1e-11) << order;
  }
}

TEST(Bleu, AgreesWithPycocoevalcapOnShortAndEmptyCandidates) {
  const BleuStatistics found = statistics_of(short_captions());
  const double pycocoevalcap[] = {0.8824969023639716, 0.7893292254179343, 0.7156699226851413, 0.6341695315237452};
  for (int64_t order = 1; order <= kBleuOrder; ++order) {
    EXPECT_NEAR(bleu(found, order), pycocoevalcap[order - 1], 1e-9) << order;
  }
}

TEST(Bleu, CountsAnNgramAsOftenAsAReferenceHasIt) {
  // The example of Papineni et al. 2002: 2 of 7 and not 7 of 7.
  const BleuStatistics found = bleu_statistics(words("the the the the the the the"),
                                               {words("the cat is on the mat"), words("there is a cat on the mat")});
  EXPECT_THAT(found.matches, ElementsAre(2, 0, 0, 0));
  EXPECT_THAT(found.totals, ElementsAre(7, 6, 5, 4));
  EXPECT_NEAR(bleu(found, 1), 2.0 / 7, 1e-15);
  // The references' counts are not summed: each has one "on".
  EXPECT_EQ(bleu_statistics(words("on on"), {words("on"), words("on")}).matches[0], 1);
}

TEST(Bleu, TheNearestReferenceCountsAndOfTwoAsNearTheShorter) {
  const auto lengths = [](const char* candidate, const References& references) {
    const BleuStatistics found = bleu_statistics(words(candidate), references);
    return std::pair(found.candidate_length, found.reference_length);
  };
  EXPECT_THAT(lengths("a b c", {words("a b c d e"), words("a"), words("a b c d")}), Pair(3, 4));
  EXPECT_THAT(lengths("a b c", {words("a b c d"), words("a b")}), Pair(3, 2));
  EXPECT_THAT(lengths("", {words("a b c d"), words("a b")}), Pair(0, 2));
}

TEST(Bleu, OnlyShortnessIsPunished) {
  const References one = {words("a b c d e f")};
  EXPECT_NEAR(bleu(bleu_statistics(words("a b c d"), one)), std::exp(1 - 6.0 / 4), 1e-15);
  EXPECT_EQ(bleu(bleu_statistics(words("a b c d e f"), one)), 1);
  EXPECT_NEAR(bleu(bleu_statistics(words("a b c d e f g"), one), 1), 6.0 / 7, 1e-15);
}

TEST(Bleu, WithoutAMatchItIsZero) {
  EXPECT_EQ(bleu(bleu_statistics(words("a x c y e"), {words("a b c d e")}), 2), 0);
  EXPECT_EQ(bleu(bleu_statistics(words("a b c"), {words("a b c")})), 0) << "no 4-gram";
  EXPECT_EQ(bleu(bleu_statistics(words("a b c"), {words("a b c")}), 3), 1);
  EXPECT_EQ(bleu(bleu_statistics({}, {words("a")}), 1), 0);
  EXPECT_EQ(bleu(bleu_statistics({}, {{}}), 1), 0) << "nothing said where nothing was to be said";
}

TEST(Bleu, StatisticsOfACorpusAreThoseOfItsCandidates) {
  const CaptionExample example = caption_example(50);
  BleuStatistics sum;
  for (size_t i = 0; i < 50; ++i) sum += bleu_statistics(example.candidates[i], example.references[i]);
  EXPECT_EQ(sum, statistics_of(example));
}

TEST(Bleu, TheOrderOfReferencesChangesNothing) {
  EXPECT_EQ(statistics_of(caption_example(200)), statistics_of(reversed_references(caption_example(200))));
  EXPECT_EQ(statistics_of(short_captions()), statistics_of(reversed_references(short_captions())));
}

TEST(Bleu, WrongInputIsAnError) {
  const std::vector<Tokens> two = {words("a"), words("b")};
  const std::vector<References> one = {{words("a")}}, without = {{words("a")}, {}};
  EXPECT_THROW(bleu_statistics(two, one), DataError);
  EXPECT_THROW(bleu_statistics(two, without), DataError);
  EXPECT_THROW(bleu_statistics(std::vector<Tokens>{}, std::vector<References>{}), DataError);
  EXPECT_THROW(bleu({}, 0), ConfigError);
  EXPECT_THROW(bleu({}, 5), ConfigError);
}

}  // namespace
}  // namespace recur::this_file
