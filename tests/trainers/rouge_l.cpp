// ROUGE-L against pycocoevalcap (tests/interop/_caption_oracle.py prints the numbers) and by hand.
#include "trainers/metrics/rouge_l.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/trainers/caption_example.h"

namespace recur::this_file {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;

std::vector<double> scores_of(const CaptionExample& example) {
  return rouge_l(example.candidates, example.references);
}

double score(const char* candidate, const References& references) {
  return scores_of({{words(candidate)}, {references}})[0];
}

TEST(RougeL, AgreesWithPycocoevalcap) {
  const std::vector<double> found = scores_of(caption_example(200));
  EXPECT_NEAR(mean_of(found), 0.7100275600393389, 1e-14);
  EXPECT_NEAR(found[1], 0.6609907120743034, 1e-14);
  EXPECT_NEAR(found[3], 0.3860759493670886, 1e-14);
  EXPECT_THAT(scores_of(short_captions()),
              ElementsAre(1, DoubleNear(0.6288659793814433, 1e-14), 0, DoubleNear(0.9070631970260222, 1e-14)));
}

TEST(RougeL, WordsCountInTheirOrderWithGapsBetween) {
  // Lin 2004, 3: of four words three stand in the reference's order in the first, two in the second.
  const References police = {words("police killed the gunman")};
  EXPECT_NEAR(score("police kill the gunman", police), 3.0 / 4, 1e-15);
  EXPECT_NEAR(score("the gunman kill police", police), 2.0 / 4, 1e-15);
}

TEST(RougeL, RecallWeighsMoreThanPrecision) {
  const double precise = score("a b", {words("a b c d")}), complete = score("a b c d", {words("a b")});
  EXPECT_NEAR(precise, 2.44 * 1 * 0.5 / (0.5 + 1.44 * 1), 1e-15);
  EXPECT_GT(complete, precise);
}

TEST(RougeL, PrecisionAndRecallMayComeFromDifferentReferences) {
  EXPECT_NEAR(score("a b c", {words("a b c x y z"), words("a")}), 1, 1e-15);
}

TEST(RougeL, NothingInCommonIsZero) {
  EXPECT_EQ(score("a b", {words("c")}), 0);
  EXPECT_EQ(score("", {words("c")}), 0);
  EXPECT_EQ(score("a", {{}}), 0);
}

TEST(RougeL, TheOrderOfReferencesChangesNothing) {
  EXPECT_EQ(scores_of(caption_example(200)), scores_of(reversed_references(caption_example(200))));
}

TEST(RougeL, ACandidateWithoutReferenceIsAnError) {
  EXPECT_THROW(score("a", {}), DataError);
}

}  // namespace
}  // namespace recur::this_file
