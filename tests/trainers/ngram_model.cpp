#include "trainers/metrics/ngram_model.h"

#include <cmath>

#include <gtest/gtest.h>

#include "core/error.h"

namespace recur::this_file {
namespace {

using Ids = std::vector<int64_t>;

// Counted by hand in 2 3 2 3 2 4, V = 6.
TEST(NgramModel, InterpolatesByWittenAndBell) {
  const Ids ids{2, 3, 2, 3, 2, 4};
  const NgramModel pairs(ids, 2, 6);
  const auto single = [](double count) { return (count + 3.0 / 6) / (6 + 3); };  // 6 tokens, 3 types
  EXPECT_DOUBLE_EQ(NgramModel(ids, 1, 6).probability({}, 2), single(3));
  EXPECT_DOUBLE_EQ(NgramModel(ids, 1, 6).probability({}, 5), single(0));
  // Behind 2: 3 twice, 4 once, which are two types.
  EXPECT_DOUBLE_EQ(pairs.probability(Ids{2}, 3), (2 + 2 * single(2)) / (3 + 2));
  EXPECT_DOUBLE_EQ(pairs.probability(Ids{2}, 2), (0 + 2 * single(3)) / (3 + 2));
  EXPECT_DOUBLE_EQ(pairs.probability(Ids{5}, 2), single(3));  // never seen
  EXPECT_DOUBLE_EQ(pairs.nats_per_token(Ids{2, 3, 5}),
                   -(std::log(pairs.probability(Ids{2}, 3)) + std::log(pairs.probability(Ids{3}, 5))) / 2);
  EXPECT_THROW(pairs.nats_per_token(Ids{2}), DataError);
}

TEST(NgramModel, IsADistribution) {
  Ids ids;
  uint64_t state = 1;
  for (int k = 0; k < 500; ++k) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    ids.push_back(static_cast<int64_t>(2 + (state >> 33) % 5));
  }
  const NgramModel triples(ids, 3, 8);
  for (const Ids& before : {Ids{}, Ids{3}, Ids{3, 4}, Ids{6, 2}, Ids{7, 7}, Ids{2, 3, 4}}) {
    double sum = 0;
    for (int64_t token = 0; token < 8; ++token) sum += triples.probability(before, token);
    EXPECT_NEAR(sum, 1, 1e-12);
  }
}

}  // namespace
}  // namespace recur::this_file
