#include "datasets/splits.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "core/error.h"

namespace recur::this_file {
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

// 300 examples of 40 groups of very different sizes, and 20 examples without a group.
std::vector<std::string> groups_of_many_sizes() {
  std::vector<std::string> groups(20);
  for (int k = 0; k < 300; ++k) groups.push_back("film " + std::to_string(k * k % 40));
  std::shuffle(groups.begin(), groups.end(), std::mt19937(3));
  return groups;
}

template <class Part>
bool cuts_a_group(const std::vector<std::string>& groups, const std::vector<Part>& part_of) {
  std::map<std::string, Part> seen;
  for (size_t k = 0; k < groups.size(); ++k) {
    if (!groups[k].empty() && seen.try_emplace(groups[k], part_of[k]).first->second != part_of[k]) return true;
  }
  return false;
}

TEST(GroupedFolds, CutNoGroupAndAreOfLikeSize) {
  const auto groups = groups_of_many_sizes();
  const auto fold_of = grouped_folds(groups, 4, 1);
  EXPECT_FALSE(cuts_a_group(groups, fold_of));
  for (int64_t fold = 0; fold < 4; ++fold) EXPECT_NEAR(std::count(fold_of.begin(), fold_of.end(), fold), 80, 20);
  EXPECT_EQ(fold_of, grouped_folds(groups, 4, 1));
  EXPECT_NE(fold_of, grouped_folds(groups, 4, 2));
  EXPECT_THROW(grouped_folds({"a"}, 2, 1), DataError);
}

TEST(GroupedPart, CutsNoGroupAndIsOfTheSizeAskedFor) {
  const auto groups = groups_of_many_sizes();
  const auto is_in = grouped_part(groups, 0.25, 1);
  EXPECT_FALSE(cuts_a_group(groups, std::vector<int>(is_in.begin(), is_in.end())));
  EXPECT_NEAR(std::count(is_in.begin(), is_in.end(), true), 80, 20);
  EXPECT_NE(is_in, grouped_part(groups, 0.25, 2));
  const auto none = grouped_part(groups, 0, 1);
  EXPECT_EQ(std::count(none.begin(), none.end(), true), 0);
  // Without groups each example is one.
  const auto alone = grouped_part(std::vector<std::string>(50), 0.2, 1);
  EXPECT_EQ(std::count(alone.begin(), alone.end(), true), 10);
}

}  // namespace
}  // namespace recur::this_file
