#include <algorithm>
#include <cmath>
#include <map>
#include <random>

#include <gtest/gtest.h>

#include "core/error.h"
#include "datasets/sentiment/splits.h"

namespace recur {
namespace {

// Labels of classes of these sizes, shuffled.
std::vector<int64_t> labels_of(const std::vector<int64_t>& sizes) {
  std::vector<int64_t> labels;
  for (size_t c = 0; c < sizes.size(); ++c) labels.insert(labels.end(), sizes[c], static_cast<int64_t>(c));
  std::shuffle(labels.begin(), labels.end(), std::mt19937(3));
  return labels;
}

// The largest difference between two folds' numbers of examples: of `label`, or of all for -1.
int64_t spread(const std::vector<int64_t>& labels, const std::vector<int64_t>& fold_of, int64_t folds, int64_t label) {
  std::vector<int64_t> counts(folds);
  for (size_t k = 0; k < labels.size(); ++k) counts.at(fold_of[k]) += label == -1 || labels[k] == label;
  return *std::max_element(counts.begin(), counts.end()) - *std::min_element(counts.begin(), counts.end());
}

TEST(StratifiedFolds, EveryClassAndTheWholeDifferByAtMostOneExample) {
  for (const std::vector<int64_t>& sizes : {std::vector<int64_t>{5331, 5331}, {7, 1, 13, 3}, {100, 9}, {1, 9}}) {
    const auto labels = labels_of(sizes);
    const auto fold_of = stratified_folds(labels, 10, 1);
    ASSERT_EQ(fold_of.size(), labels.size());
    for (int64_t label = -1; label < static_cast<int64_t>(sizes.size()); ++label) {
      EXPECT_LE(spread(labels, fold_of, 10, label), 1) << label;
    }
  }
}

TEST(StratifiedFolds, AreAFunctionOfLabelsAndSeed) {
  const auto labels = labels_of({50, 50});
  EXPECT_EQ(stratified_folds(labels, 5, 1), stratified_folds(labels, 5, 1));
  EXPECT_NE(stratified_folds(labels, 5, 1), stratified_folds(labels, 5, 2));
}

TEST(StratifiedFolds, NeedAnExampleForEach) {
  EXPECT_THROW(stratified_folds({0, 1, 0}, 4, 1), DataError);
  EXPECT_THROW(stratified_folds({0, 1, 0}, 1, 1), DataError);
  EXPECT_NO_THROW(stratified_folds({0, 1, 0}, 3, 1));
}

TEST(StratifiedPart, HasTheShareOfEachClassAndOfTheWhole) {
  const std::vector<int64_t> sizes{1000, 37, 411, 5};
  const auto labels = labels_of(sizes);
  for (const double fraction : {0.0, 0.1, 0.25, 0.5, 0.8}) {
    const auto is_in = stratified_part(labels, fraction, 7);
    std::map<int64_t, int64_t> taken;
    for (size_t k = 0; k < labels.size(); ++k) taken[labels[k]] += is_in[k];
    int64_t all = 0;
    for (size_t c = 0; c < sizes.size(); ++c) {
      EXPECT_LE(std::abs(static_cast<double>(taken[c]) - fraction * static_cast<double>(sizes[c])), 1.0) << c;
      all += taken[c];
    }
    EXPECT_EQ(all, std::llround(fraction * 1453)) << fraction;
  }
}

TEST(StratifiedPart, LeavesAnExampleOfEveryClassOutside) {
  const auto labels = labels_of({1, 1, 1, 2, 40});
  const auto is_in = stratified_part(labels, 0.9, 1);
  std::map<int64_t, int64_t> outside;
  for (size_t k = 0; k < labels.size(); ++k) outside[labels[k]] += !is_in[k];
  for (int64_t label = 0; label < 5; ++label) EXPECT_GE(outside[label], 1) << label;
}

TEST(StratifiedPart, IsAFunctionOfLabelsAndSeed) {
  const auto labels = labels_of({50, 50});
  EXPECT_EQ(stratified_part(labels, 0.2, 1), stratified_part(labels, 0.2, 1));
  EXPECT_NE(stratified_part(labels, 0.2, 1), stratified_part(labels, 0.2, 2));
}

}  // namespace
}  // namespace recur
