// CIDEr-D against pycocoevalcap (tests/interop/_caption_oracle.py prints the numbers) and by hand.
#include "trainers/metrics/cider.h"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/trainers/caption_example.h"

namespace recur::this_file {
namespace {

using ::testing::DoubleNear;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::Pointwise;

std::vector<double> scores_of(const CaptionExample& example) {
  return cider_d(example.candidates, example.references);
}

TEST(Cider, AgreesWithPycocoevalcap) {
  const std::vector<double> found = scores_of(caption_example(200));
  EXPECT_NEAR(mean_of(found), 2.5135894104544763, 1e-12);
  EXPECT_NEAR(found[0], 6.517700245807508, 1e-12);
  EXPECT_NEAR(found[4], 0.2111171473048551, 1e-12);
  EXPECT_THAT(scores_of(short_captions()),
              ElementsAre(DoubleNear(3.0168243521193725, 1e-12), DoubleNear(2.465517791859791, 1e-12), 0,
                          DoubleNear(3.3731955420063513, 1e-12)));
}

TEST(Cider, SayingWhatTheOnlyReferenceSaysIsTen) {
  EXPECT_THAT(scores_of({{words("a b c d"), words("e f g h")}, {{words("a b c d")}, {words("e f g h")}}}),
              Each(DoubleNear(10, 1e-12)));
}

TEST(Cider, RareWordsWeighAndThoseOfEveryImageDoNot) {
  // "a" is of both images.  Of the first, one of two words that count is right; nothing longer is.
  const auto found = scores_of({{words("a dog ran"), words("a a a")}, {{words("a dog sat")}, {words("a cat sat")}}});
  // The words' vectors in units of log(2): said {dog 1, ran 1}, wanted {dog 1, sat 0}; the cosine is 1 / sqrt(2).
  // Bigrams: "a dog" of {a dog, dog ran} and {a dog, dog sat}: 1 / 2.  Trigrams and 4-grams: nothing.
  EXPECT_NEAR(found[0], 10 * (1 / std::sqrt(2) + 0.5) / 4, 1e-12);
  EXPECT_EQ(found[1], 0);
}

TEST(Cider, RepeatingARightWordDoesNotPay) {
  const std::vector<References> references = {{words("red dog")}, {words("blue cat")}};
  const auto once = scores_of({{words("red"), words("blue")}, references});
  const auto often = scores_of({{words("red red red"), words("blue blue")}, references});
  EXPECT_LT(often[0], once[0]);
  EXPECT_LT(often[1], once[1]);
}

TEST(Cider, AnotherLengthCosts) {
  const std::vector<References> references = {{words("a b c d")}, {words("x")}};
  const double same = scores_of({{words("a b c d"), words("x")}, references})[0];
  const double longer = scores_of({{words("a b c d x x x"), words("x")}, references})[0];
  const double without_penalty = longer / std::exp(-3.0 * 3 / (2 * 6 * 6));
  EXPECT_LT(without_penalty, same) << "what is said beside it";
  EXPECT_LT(longer, without_penalty);
  EXPECT_NEAR(same, 10, 1e-12);
}

TEST(Cider, ASingleImageHasZero) {
  EXPECT_THAT(scores_of({{words("a b c d")}, {{words("a b c d")}}}), ElementsAre(0));
}

TEST(Cider, TheOrderOfReferencesChangesNothing) {
  EXPECT_THAT(scores_of(reversed_references(caption_example(200))),
              Pointwise(DoubleNear(1e-12), scores_of(caption_example(200))));
}

TEST(Cider, ACandidateWithoutReferenceIsAnError) {
  EXPECT_THROW(scores_of({{words("a")}, {References{}}}), DataError);
}

}  // namespace
}  // namespace recur::this_file
