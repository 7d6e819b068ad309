// The bag of words against scikit-learn (tests/interop/_classification_oracle.py prints the numbers), and its
// optimality by autograd on the dense matrix.
#include "trainers/metrics/bag_of_words.h"

#include <numeric>

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"

namespace recur::this_file {
namespace {

constexpr int64_t kVocabulary = 14;

/// 40 texts of the ids 0 ... 13, some twice in a text.  The Python script's formulas.
std::vector<std::vector<int64_t>> texts() {
  std::vector<std::vector<int64_t>> ids(40);
  for (int64_t i = 0; i < 40; ++i) {
    for (int64_t j = 0; j < 3 + i % 5; ++j) ids[i].push_back((7 * i * (j + 1) + j * j + i / 3) % kVocabulary);
  }
  return ids;
}

torch::Tensor labels(int64_t classes) {
  std::vector<int64_t> of_text;
  for (const auto& ids : texts()) {
    const auto i = static_cast<int64_t>(of_text.size());
    of_text.push_back((std::accumulate(ids.begin(), ids.end(), int64_t{0}) + i % 4) / 5 % classes);
  }
  return at::tensor(of_text, at::kLong);
}

BagOfWords fit(int64_t classes, BagOfWordsOptions options) {
  options.tolerance = 1e-8;
  return BagOfWords::fit(texts(), labels(classes), kVocabulary, classes, options);
}

/// `values` row by row, in the shape of `got`.
void expect_near(const torch::Tensor& got, const std::vector<double>& values) {
  const torch::Tensor expected = at::tensor(values, at::kDouble).view_as(got);
  EXPECT_TRUE(at::allclose(got, expected, 0, 1e-6)) << got << "\nexpected\n" << expected;
}

torch::Tensor first_two(const BagOfWords& model) {
  return model.probabilities(texts()).narrow(0, 0, 2);
}

TEST(BagOfWords, AgreesWithScikitLearnOnTwoClasses) {
  const BagOfWords model = fit(2, {});
  expect_near(model.intercept(), {0.11099528270346797});
  expect_near(model.weight().narrow(0, 2, 4),
              {-0.2116036688880254, 0.06987725137411352, 0.6100398291597344, 0.3973401168360901});
  expect_near(first_two(model), {0.32716508498124464, 0.6728349150187554, 0.3312682638525758, 0.6687317361474242});
}

TEST(BagOfWords, AgreesWithScikitLearnOnCountsAndAStrongerPenalty) {
  const BagOfWords model = fit(2, {.c = 0.1, .counts = true});
  expect_near(model.intercept(), {0.34176936281100145});
  expect_near(first_two(model), {0.40903556116028805, 0.590964438839712, 0.4149377345880151, 0.5850622654119849});
}

TEST(BagOfWords, AgreesWithScikitLearnOnThreeClasses) {
  const BagOfWords model = fit(3, {});
  expect_near(model.intercept(), {0.038242560915216654, 0.6234605574484453, -0.661703118363663});
  expect_near(model.weight()[4], {-0.04146884416804799, -0.3931068903024943, 0.4345757344705422});
  expect_near(first_two(model), {0.32652975923289745, 0.4124442483632625, 0.26102599240384, 0.24003906379574333,
                                 0.4804334141201531, 0.2795275220841034});
  expect_near(first_two(fit(3, {.c = 0.1, .counts = true})),
              {0.26933642077302694, 0.4622192231640777, 0.2684443560628954, 0.2613774433964582, 0.49403515597650083,
               0.24458740062704096});
}

TEST(BagOfWords, StandsWhereTheObjectiveHasNoGradient) {
  const BagOfWords model = fit(3, {.c = 0.7, .counts = true});
  const auto ids = texts();
  torch::Tensor x = at::zeros({40, kVocabulary}, at::kDouble);
  for (int64_t i = 0; i < 40; ++i) {
    for (const int64_t id : ids[i]) x[i][id] += id >= 2 ? 1 : 0;
  }
  torch::Tensor weight = model.weight().clone().requires_grad_(), intercept = model.intercept().clone();
  intercept.requires_grad_();
  const torch::Tensor log_p = (x.matmul(weight) + intercept).log_softmax(1);
  (-0.7 * log_p.gather(1, labels(3).unsqueeze(1)).sum() + 0.5 * weight.square().sum()).backward();
  EXPECT_LT(weight.grad().abs().max().item<double>(), 1e-5);
  EXPECT_LT(intercept.grad().abs().max().item<double>(), 1e-5);
}

TEST(BagOfWords, SeesNeitherPaddingNorUnknownNorOrder) {
  const BagOfWords model = fit(2, {.counts = true});
  EXPECT_EQ(model.weight().narrow(0, 0, 2).abs().sum().item<double>(), 0);
  const std::vector<std::vector<int64_t>> same = {{5, 9, 9, 2}, {9, 0, 2, 9, 1, 5, 0, 0}};
  const torch::Tensor p = model.probabilities(same);
  EXPECT_TRUE(p[0].equal(p[1]));
}

TEST(BagOfWords, PresenceDoesNotCount) {
  const BagOfWords model = fit(2, {});
  const std::vector<std::vector<int64_t>> same = {{5, 9}, {9, 9, 9, 5}};
  const torch::Tensor p = model.probabilities(same);
  EXPECT_TRUE(p[0].equal(p[1]));
}

TEST(BagOfWords, IsTheSameEachTime) {
  EXPECT_TRUE(fit(3, {}).weight().equal(fit(3, {}).weight()));
}

TEST(BagOfWords, LeavesTheNumberOfThreadsAsItWas) {
  const int before = at::get_num_threads();
  at::set_num_threads(3);
  fit(2, {});
  EXPECT_EQ(at::get_num_threads(), 3);
  at::set_num_threads(before);
}

TEST(BagOfWords, WeighsEachWordForTheClassItSpeaksFor) {
  // Word 2 speaks for class 1, word 3 for class 0, word 4 for neither.
  const std::vector<std::vector<int64_t>> ids = {{2, 4}, {2}, {3, 4}, {3}};
  const torch::Tensor weight = BagOfWords::fit(ids, at::tensor({1, 1, 0, 0}, at::kLong), 6, 2).weight().select(1, 0);
  EXPECT_GT(weight[2].item<double>(), 0.1);
  EXPECT_LT(weight[3].item<double>(), -0.1);
  EXPECT_NEAR(weight[4].item<double>(), 0, 1e-4);
}

TEST(BagOfWords, AnEmptyTextHasTheTrainingSplitsShares) {
  const std::vector<std::vector<int64_t>> ids(8);
  const BagOfWords model = BagOfWords::fit(ids, at::tensor({0, 0, 0, 0, 0, 0, 1, 1}, at::kLong), 5, 2);
  EXPECT_NEAR(model.probabilities(ids)[0][1].item<double>(), 0.25, 1e-4);
  EXPECT_TRUE(model.weight().equal(at::zeros({5, 1}, at::kDouble)));
}

TEST(BagOfWords, WrongInputIsAnError) {
  const std::vector<std::vector<int64_t>> ids = {{2}, {3}};
  const torch::Tensor two = at::tensor({0, 1}, at::kLong);
  EXPECT_THROW(BagOfWords::fit(ids, two.narrow(0, 0, 1), 5, 2), ShapeError);
  EXPECT_THROW(BagOfWords::fit({}, two.narrow(0, 0, 0), 5, 2), ShapeError);
  EXPECT_THROW(BagOfWords::fit(ids, two, 3, 2), DataError);
  EXPECT_THROW(BagOfWords::fit(ids, two + 1, 5, 2), DataError);
  EXPECT_THROW(BagOfWords::fit(ids, two, 5, 1), ConfigError);
  EXPECT_THROW(BagOfWords::fit(ids, two, 5, 2, {.c = 0}), ConfigError);
  const std::vector<std::vector<int64_t>> outside = {{-1}};
  EXPECT_THROW(BagOfWords::fit(ids, two, 5, 2).probabilities(outside), DataError);
}

}  // namespace
}  // namespace recur::this_file
