// Classification metrics against scikit-learn (tests/interop/_classification_oracle.py prints the numbers) and by hand.
#include <cmath>

#include <ATen/ATen.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "trainers/log/classification_tables.h"
#include "trainers/metrics/classification.h"

namespace recur::this_file {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

const std::vector<std::string> kNames = {"good", "bad", "neutral", "odd", "absent"};

/// 60 texts of five classes; "odd" is never true, "absent" neither true nor predicted.  The Python script's formulas.
Classified example() {
  const torch::Tensor n = at::arange(60), k = at::arange(5);
  const torch::Tensor labels = n.square().floor_divide(3).remainder(3);
  const torch::Tensor z = 2 * (1.7 * n.unsqueeze(1).to(at::kDouble) * (k + 1)).sin() +
                          1.5 * k.eq(labels.unsqueeze(1)).to(at::kDouble) - 9 * k.eq(4).to(at::kDouble) -
                          0.8 * k.eq(3).to(at::kDouble);
  return {z.softmax(1), labels};
}

/// `n` texts said to be of class 0 of 2 with probability p, of which the first `right` are.
Classified sure(double p, int64_t n, int64_t right) {
  return {at::tensor({p, 1 - p}, at::kDouble).expand({n, 2}), at::arange(n).ge(right).to(at::kLong)};
}

TEST(ClassificationScore, AgreesWithScikitLearn) {
  const ClassificationScore score = score_classification(example(), kNames);
  EXPECT_NEAR(score.accuracy, 0.6833333333333333, 1e-12);
  EXPECT_NEAR(score.macro_f1, 0.5020114942528736, 1e-12) << "over four classes: odd is predicted, absent is not";
  EXPECT_NEAR(score.nll, 0.9103765404322817, 1e-12);
  EXPECT_NEAR(score.ece, 0.08756889658533824, 1e-12);
  const auto expect = [&](int index, double precision, double recall, double f1, int64_t support) {
    const ClassScore& one = score.classes.at(index);
    EXPECT_EQ(one.name, kNames[index]);
    EXPECT_NEAR(one.precision, precision, 1e-12);
    EXPECT_NEAR(one.recall, recall, 1e-12);
    EXPECT_NEAR(one.f1, f1, 1e-12);
    EXPECT_EQ(one.support, support);
  };
  expect(0, 0.8518518518518519, 0.696969696969697, 0.7666666666666667, 33);
  expect(1, 0.5, 0.6153846153846154, 0.5517241379310345, 13);
  expect(2, 0.6666666666666666, 0.7142857142857143, 0.6896551724137931, 14);
  expect(3, 0, 0, 0, 0);
  expect(4, 0, 0, 0, 0);
  const torch::Tensor confusion =
      at::tensor({23, 6, 3, 1, 0, 2, 8, 2, 1, 0, 2, 2, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, at::kLong).view({5, 5});
  EXPECT_TRUE(score.confusion.equal(confusion)) << score.confusion;
}

TEST(ClassificationScore, GivesTheMetricsOfATask) {
  const ClassificationScore score = score_classification(example(), kNames);
  EXPECT_EQ(
      classification_metrics(score),
      (Metrics{{"accuracy", score.accuracy}, {"macro_f1", score.macro_f1}, {"ece", score.ece}, {"loss", score.nll}}));
}

TEST(ClassificationScore, CalibrationErrorIsTheGapBetweenProbabilityAndAccuracy) {
  const auto ece = [](const Classified& c) { return score_classification(c, {"a", "b"}).ece; };
  EXPECT_NEAR(ece(sure(0.9, 10, 9)), 0, 1e-12);
  EXPECT_NEAR(ece(sure(0.9, 10, 5)), 0.4, 1e-12);
  EXPECT_NEAR(ece(sure(0.6, 10, 9)), 0.3, 1e-12);
  EXPECT_NEAR(ece(sure(1, 4, 4)), 0, 1e-12) << "the last bin has its upper end";
  // Two bins, too sure in one and too modest in the other: the gaps do not cancel out.
  const Classified high = sure(0.9, 10, 7), low = sure(0.6, 10, 8);
  EXPECT_NEAR(ece({at::cat({high.probabilities, low.probabilities}), at::cat({high.labels, low.labels})}), 0.2, 1e-12);
}

TEST(ClassificationScore, ACertainMistakeCostsMuchAndNotInfinity) {
  EXPECT_NEAR(score_classification(sure(1, 1, 0), {"a", "b"}).nll, -std::log(2.220446049250313e-16), 1e-9);
}

TEST(ClassificationScore, NaNReachesLossAndCalibration) {
  const ClassificationScore score = score_classification(sure(NAN, 3, 2), {"a", "b"});
  EXPECT_TRUE(std::isnan(score.nll));
  EXPECT_TRUE(std::isnan(score.ece));
}

TEST(ClassificationScore, TakesWhatAModelGives) {
  const auto [probabilities, labels] = example();
  const ClassificationScore of_floats =
      score_classification({probabilities.to(at::kFloat).requires_grad_(), labels}, kNames);
  EXPECT_EQ(of_floats.accuracy, score_classification(example(), kNames).accuracy);
}

TEST(ClassificationScore, OtherShapesAndLabelsAreErrors) {
  const torch::Tensor p = at::full({3, 2}, 0.5), labels = at::zeros({3}, at::kLong);
  EXPECT_THROW(score_classification({p, labels}, {"a"}), ShapeError);
  EXPECT_THROW(score_classification({p, labels.narrow(0, 0, 2)}, {"a", "b"}), ShapeError);
  EXPECT_THROW(score_classification({p.flatten(), labels}, {"a", "b"}), ShapeError);
  EXPECT_THROW(score_classification({p.narrow(0, 0, 0), labels.narrow(0, 0, 0)}, {"a", "b"}), ShapeError);
  EXPECT_THROW(score_classification({p, labels + 2}, {"a", "b"}), DataError);
  EXPECT_THROW(score_classification({p, labels - 1}, {"a", "b"}), DataError);
}

TEST(MostConfidentMistakes, AgreeWithNumpy) {
  EXPECT_THAT(most_confident_mistakes(example(), 6), ElementsAre(6, 49, 36, 54, 23, 17));
  EXPECT_THAT(most_confident_mistakes(example(), 1000), SizeIs(19));
  EXPECT_THAT(most_confident_mistakes(example(), 0), IsEmpty());
}

TEST(MostConfidentMistakes, EquallyConfidentOnesComeInOrder) {
  EXPECT_THAT(most_confident_mistakes(sure(0.8, 6, 2), 3), ElementsAre(2, 3, 4));
  EXPECT_THAT(most_confident_mistakes(sure(0.8, 6, 6), 3), IsEmpty());
}

TEST(MajorityAccuracy, PredictsTheTrainingSplitsMostFrequentLabel) {
  const auto labels = [](std::vector<int64_t> values) { return at::tensor(values, at::kLong); };
  EXPECT_DOUBLE_EQ(majority_accuracy(labels({0, 1, 1, 2}), labels({0, 0, 1, 2})), 0.25);
  EXPECT_DOUBLE_EQ(majority_accuracy(labels({2, 1, 1, 2}), labels({1, 1, 2, 3})), 0.5) << "of equals the smallest";
  EXPECT_THROW(majority_accuracy(labels({}), labels({1})), ShapeError);
  EXPECT_THROW(majority_accuracy(labels({1}), labels({})), ShapeError);
}

TEST(ClassificationText, ShowsClassesAndTheWholeMatrixOfAFew) {
  EXPECT_EQ(classification_text(score_classification(example(), kNames), false),
            "class    precision  recall     F1  texts\n"
            "-------  ---------  ------  -----  -----\n"
            "good         0.852   0.697  0.767     33\n"
            "bad          0.500   0.615  0.552     13\n"
            "neutral      0.667   0.714  0.690     14\n"
            "odd          0.000   0.000  0.000      0\n"
            "\n"
            "true, predicted as  good  bad  neutral  odd  absent\n"
            "------------------  ----  ---  -------  ---  ------\n"
            "good                  23    6        3    1       0\n"
            "bad                    2    8        2    1       0\n"
            "neutral                2    2       10    0       0\n"
            "odd                    0    0        0    0       0\n"
            "absent                 0    0        0    0       0\n");
}

TEST(ClassificationText, ShowsTheLargestConfusionsOfMany) {
  // Text i is of class i % 50; every third is taken for the class before, those of class 7 for class 40.
  const torch::Tensor n = at::arange(300), labels = n.remainder(50);
  torch::Tensor predicted = (labels - n.remainder(3).eq(0).to(at::kLong)).clamp_min(0);
  predicted = at::where(labels.eq(7), at::full_like(labels, 40), predicted);
  std::vector<std::string> names;
  for (int i = 0; i < 50; ++i) names.push_back("class_" + std::to_string(i));
  const auto score = score_classification({at::one_hot(predicted, 50).to(at::kDouble), labels}, names);
  const std::vector<Confusion> largest = largest_confusions(score, 3);
  ASSERT_THAT(largest, SizeIs(3));
  EXPECT_EQ(largest[0].truth, 7);
  EXPECT_EQ(largest[0].predicted, 40);
  EXPECT_EQ(largest[0].count, 6);
  EXPECT_EQ(largest[1].truth, 1);
  EXPECT_EQ(largest[1].predicted, 0);
  EXPECT_EQ(confusion_table(score).rows.size(), 15u);
  EXPECT_THAT(confusion_table(score).rows[0], ElementsAre("class_7", "class_40", "6", "100.0 %"));
  EXPECT_THAT(classification_text(score), HasSubstr("The largest confusions:\ntrue "));
}

TEST(ClassificationText, NamesCannotMoveTheCursorOrFillTheLine) {
  const auto score = score_classification(sure(0.8, 4, 2), {"\x1b[2J", std::string(80, 'x')});
  const std::string text = classification_text(score);
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
  EXPECT_THAT(text, Not(HasSubstr(std::string(25, 'x'))));
}

}  // namespace
}  // namespace recur::this_file
