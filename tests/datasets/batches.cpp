#include "datasets/batches.h"

#include <algorithm>
#include <numeric>
#include <random>

#include <torch/types.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recur::this_file {
namespace {

using Batches = std::vector<std::vector<int64_t>>;

std::vector<int64_t> random_lengths(int64_t n) {
  std::mt19937 random(5);
  std::vector<int64_t> lengths(n);
  for (auto& length : lengths) length = 1 + static_cast<int64_t>(random() % 60);
  return lengths;
}

/// Steps that a padded batch would spend behind the ends of its sequences.
int64_t padding(const Batches& batches, const std::vector<int64_t>& lengths) {
  int64_t total = 0;
  for (const auto& batch : batches) {
    int64_t longest = 0, tokens = 0;
    for (const int64_t example : batch) {
      longest = std::max(longest, lengths[example]);
      tokens += lengths[example];
    }
    total += longest * static_cast<int64_t>(batch.size()) - tokens;
  }
  return total;
}

std::vector<int64_t> sorted_examples(const Batches& batches) {
  std::vector<int64_t> all;
  for (const auto& batch : batches) all.insert(all.end(), batch.begin(), batch.end());
  std::ranges::sort(all);
  return all;
}

std::vector<int64_t> zero_to(int64_t n) {
  std::vector<int64_t> all(n);
  std::iota(all.begin(), all.end(), 0);
  return all;
}

TEST(PlanBatches, MeetsEveryExampleOnceInBatchesOfTheSize) {
  const auto lengths = random_lengths(1003);
  for (const int64_t bucket : {1, 7, 1000}) {
    const auto batches = plan_batches(lengths, 32, {.bucket = bucket}, 1, 0);
    EXPECT_EQ(sorted_examples(batches), zero_to(1003));
    for (const auto& batch : batches) EXPECT_LE(batch.size(), 32u);
    EXPECT_LE(batches.size(), 1003 / 32 + 1 + 1003 / (32 * bucket));
  }
}

TEST(PlanBatches, PutsLikeLengthsTogether) {
  const auto lengths = random_lengths(2000);
  const auto random = padding(plan_batches(lengths, 32, {.bucket = 1}, 1, 0), lengths);
  const auto bucketed = padding(plan_batches(lengths, 32, {.bucket = 20}, 1, 0), lengths);
  EXPECT_LT(bucketed * 10, random);
}

TEST(PlanBatches, ShufflesTheBatchesOfABucket) {
  const auto lengths = random_lengths(2000);
  const auto batches = plan_batches(lengths, 32, {.bucket = 1000}, 1, 0);
  std::vector<int64_t> first;
  for (const auto& batch : batches) first.push_back(lengths[batch.front()]);
  EXPECT_FALSE(std::ranges::is_sorted(first));
}

TEST(PlanBatches, IsAFunctionOfSeedAndEpoch) {
  const auto lengths = random_lengths(500);
  const auto plan = [&](int64_t seed, int64_t epoch) { return plan_batches(lengths, 16, {}, seed, epoch); };
  EXPECT_EQ(plan(3, 4), plan(3, 4));
  EXPECT_NE(plan(3, 4), plan(3, 5));
  EXPECT_NE(plan(3, 4), plan(4, 4));
}

TEST(PlanBatches, FillsBatchesUpToANumberOfTokens) {
  auto lengths = random_lengths(1000);
  lengths[17] = 5000;  // longer than a batch: one of its own
  const auto batches = plan_batches(lengths, 1, {.bucket = 10, .max_tokens = 400}, 1, 0);
  EXPECT_EQ(sorted_examples(batches), zero_to(1000));
  for (const auto& batch : batches) {
    int64_t tokens = 0;
    for (const int64_t example : batch) tokens += lengths[example];
    EXPECT_TRUE(tokens <= 400 || batch == std::vector<int64_t>{17}) << tokens;
  }
  EXPECT_LT(batches.size(), 120u);  // 30,500 tokens
}

TEST(PlanBatches, PlansNothingForNothing) {
  EXPECT_THAT(plan_batches({}, 8, {}, 1, 0), testing::IsEmpty());
  EXPECT_THAT(plan_batches({}, 8, {.max_tokens = 10}, 1, 0), testing::IsEmpty());
}

TEST(BatchesByLength, AreSortedFromShortToLong) {
  const std::vector<int64_t> lengths = {5, 1, 4, 1, 3};
  EXPECT_EQ(batches_by_length(lengths, 2), (Batches{{1, 3}, {4, 2}, {0}}));
}

TEST(PadTokens, PutsZerosBehindTheShorter) {
  const std::vector<std::vector<int64_t>> sequences = {{7}, {4, 5, 6}, {8, 9}};
  const std::vector<int64_t> indices = {2, 1};
  const auto batch = pad_tokens(sequences, indices);
  EXPECT_TRUE(batch.tokens.equal(torch::tensor({{8, 9, 0}, {4, 5, 6}})));
  EXPECT_TRUE(batch.lengths.equal(torch::tensor({2, 3})));
}

TEST(Deal, GivesEachPartExamplesOfAllLengthsAndNoneTwice) {
  using Parts = std::vector<std::vector<int64_t>>;
  const std::vector<int64_t> nine = {5, 3, 9, 1, 7, 8, 0, 2, 4};
  EXPECT_EQ(deal(nine, 2), (Parts{{5, 9, 7, 0, 4}, {3, 1, 8, 2}}));
  EXPECT_EQ(deal(nine, 3), deal(nine, 2));  // of three, one would have three examples
  EXPECT_EQ(deal(nine, 1), Parts{nine});
  EXPECT_EQ(deal(std::vector<int64_t>{5, 3}, 3), (Parts{{5, 3}}));
}

}  // namespace
}  // namespace recur::this_file
