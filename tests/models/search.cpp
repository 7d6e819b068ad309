// Searches over a network whose sentences can all be counted: a table of probabilities that depend on the last token
// and on how many came before.
#include "models/search/search.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

#include <ATen/ops/arange.h>
#include <ATen/ops/full.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "core/special_tokens.h"

namespace recur::this_file {
namespace {

using testing::Each;
using testing::ElementsAre;
using torch::Tensor;

constexpr int64_t V = 4, kLongest = 4;
using Sentence = std::vector<int64_t>;

/// B networks: log-probabilities [B, kLongest + 1, V (last token), V (next)].
Tensor random_table(int64_t B, int64_t seed) {
  torch::manual_seed(seed);
  return at::log_softmax(2 * at::randn({B, kLongest + 1, V, V}, torch::kFloat64), 3);
}

/// State: how many tokens were read, [1, B, 1].  Memory: each sentence's own table.
Decoding decoding_of(const Tensor& table, std::vector<int64_t> never = {}) {
  return {.step =
              [](const Tensor& tokens, std::vector<Tensor>& state, const std::vector<Tensor>& memory) {
                const auto count = state[0].flatten().to(torch::kInt64);
                state[0] = state[0] + 1;
                const auto row = at::arange(tokens.size(0));
                return memory[0].index({row, count.clamp_max(kLongest), tokens});
              },
          .state = {at::zeros({1, table.size(0), 1}, torch::kFloat64)},
          .memory = {table},
          .never = std::move(never)};
}

double log_probability(const Tensor& table, const Sentence& sentence, bool ended) {
  double sum = 0;
  int64_t last = kBoundaryToken, count = 0;
  auto tokens = sentence;
  if (ended) tokens.push_back(kBoundaryToken);
  for (const int64_t token : tokens) {
    sum += table[count++][last][token].item<double>();
    last = token;
  }
  return sum;
}

/// The best of all sentences that end within `max_length` tokens, the boundary counted, or are cut off there.
Hypothesis best_of_all(const Tensor& table, double length_penalty, int64_t max_length) {
  Hypothesis best{.tokens = {}, .log_probability = -std::numeric_limits<double>::infinity()};
  double best_score = best.log_probability;
  const auto consider = [&](const Sentence& sentence, bool ended) {
    const Hypothesis hypothesis{
        .tokens = sentence, .log_probability = log_probability(table, sentence, ended), .ended = ended};
    if (hypothesis.score({.length_penalty = length_penalty}) <= best_score) return;
    best = hypothesis;
    best_score = hypothesis.score({.length_penalty = length_penalty});
  };
  std::vector<Sentence> of_this_length = {{}};
  for (int64_t length = 0; length <= max_length; ++length) {
    std::vector<Sentence> longer;
    for (const auto& sentence : of_this_length) {
      if (length < max_length) consider(sentence, true);
      if (length == max_length) consider(sentence, false);
      for (int64_t token = 1; token < V; ++token) {
        longer.push_back(sentence);
        longer.back().push_back(token);
      }
    }
    of_this_length = std::move(longer);
  }
  return best;
}

TEST(BeamSearch, FindsTheBestOfAllSentencesIfItsBeamHoldsThemAll) {
  for (int64_t seed = 0; seed < 30; ++seed) {
    const auto table = random_table(1, seed);
    for (const double penalty : {0.0, 0.7, 1.0}) {
      const SearchOptions options{.beam_width = 200, .length_penalty = penalty, .max_length = kLongest};
      const auto found = beam_search(decoding_of(table), options)[0];
      const auto expected = best_of_all(table[0], penalty, kLongest);
      EXPECT_EQ(found[0].tokens, expected.tokens) << seed << " " << penalty;
      EXPECT_EQ(found[0].ended, expected.ended);
      EXPECT_NEAR(found[0].log_probability, expected.log_probability, 1e-12);
      for (size_t k = 1; k < found.size(); ++k) EXPECT_GE(found[k - 1].score(options), found[k].score(options));
    }
  }
}

TEST(BeamSearch, WaitsForTheBestThoughManyPoorOnesHaveEnded) {
  auto table = at::full({1, kLongest + 1, V, V}, std::log(0.01), torch::kFloat64);
  table.narrow(1, 0, kLongest).select(3, 1).fill_(std::log(0.97));  // four times token 1, then the end
  table.select(1, kLongest).select(2, kBoundaryToken).fill_(std::log(0.97));
  for (const int64_t beam_width : {1, 2, 3, 5}) {
    const auto found = beam_search(decoding_of(table), {.beam_width = beam_width, .max_length = 10});
    EXPECT_THAT(found[0].front().tokens, ElementsAre(1, 1, 1, 1)) << beam_width;
    EXPECT_NEAR(found[0].front().log_probability, 5 * std::log(0.97), 1e-12);
    EXPECT_LE(std::ssize(found[0]), beam_width);
  }
}

TEST(BeamSearch, OfOneIsGreedySearch) {
  for (int64_t seed = 0; seed < 30; ++seed) {
    const auto table = random_table(3, seed);
    const auto greedy = greedy_search(decoding_of(table), kLongest);
    const auto beams = beam_search(decoding_of(table), {.beam_width = 1, .max_length = kLongest});
    for (size_t b = 0; b < 3; ++b) {
      ASSERT_EQ(beams[b].size(), 1U);
      EXPECT_EQ(beams[b][0].tokens, greedy[b].tokens);
      EXPECT_EQ(beams[b][0].ended, greedy[b].ended);
      EXPECT_NEAR(beams[b][0].log_probability, greedy[b].log_probability, 1e-12);
    }
  }
}

TEST(Search, GivesTheModelsOwnLogProbability) {
  const auto table = random_table(2, 1);
  const auto check = [&](int64_t b, const Hypothesis& h) {
    EXPECT_NEAR(h.log_probability, log_probability(table[b], h.tokens, h.ended), 1e-12);
  };
  const auto beams = beam_search(decoding_of(table), {.beam_width = 5, .max_length = kLongest});
  const auto drawn = sample(decoding_of(table), {.temperature = 3, .top_k = 3, .max_length = kLongest});
  const auto greedy = greedy_search(decoding_of(table), kLongest);
  for (int64_t b = 0; b < 2; ++b) {
    for (const auto& hypothesis : beams[b]) check(b, hypothesis);
    check(b, drawn[b]);
    check(b, greedy[b]);
  }
}

TEST(Search, OfASentenceDoesNotDependOnItsNeighbours) {
  const auto table = random_table(6, 2);
  const SearchOptions options{.beam_width = 3, .max_length = kLongest};
  const auto together = beam_search(decoding_of(table), options);
  const auto greedy = greedy_search(decoding_of(table), kLongest);
  for (int64_t b = 0; b < 6; ++b) {
    const auto alone = beam_search(decoding_of(table.narrow(0, b, 1)), options)[0];
    ASSERT_EQ(together[b].size(), alone.size());
    for (size_t k = 0; k < alone.size(); ++k) EXPECT_EQ(together[b][k].tokens, alone[k].tokens);
    EXPECT_EQ(greedy[b].tokens, greedy_search(decoding_of(table.narrow(0, b, 1)), kLongest)[0].tokens);
  }
}

TEST(Search, NeverWritesWhatItMustNot) {
  const auto table = random_table(20, 3);
  const SearchOptions options{.beam_width = 6, .max_length = kLongest};
  const auto without_two = Each(testing::Ne(2));
  for (const auto& hypotheses : beam_search(decoding_of(table, {2}), options)) {
    for (const auto& hypothesis : hypotheses) EXPECT_THAT(hypothesis.tokens, without_two);
  }
  for (const auto& hypothesis : greedy_search(decoding_of(table, {2}), kLongest)) {
    EXPECT_THAT(hypothesis.tokens, without_two);
  }
  for (const auto& hypothesis : sample(decoding_of(table, {2}), {.max_length = kLongest})) {
    EXPECT_THAT(hypothesis.tokens, without_two);
  }
}

TEST(Search, CutsOffASentenceThatDoesNotEnd) {
  auto table = at::full({1, kLongest + 1, V, V}, -50.0, torch::kFloat64);
  table.select(3, 1).zero_();  // token 1 for ever
  for (const int64_t width : {1, 3}) {
    const auto found = best_of_search(decoding_of(table), {.beam_width = width, .max_length = 7})[0];
    EXPECT_EQ(found.tokens, Sentence(7, 1));
    EXPECT_FALSE(found.ended);
    EXPECT_NEAR(found.log_probability, 0, 1e-12);
  }
}

TEST(Search, EndsWhereTheModelsNumbersAreNotFinite) {
  const auto table = at::full({1, kLongest + 1, V, V}, std::nan(""), torch::kFloat64);
  EXPECT_LE(greedy_search(decoding_of(table), kLongest)[0].tokens.size(), static_cast<size_t>(kLongest));
  EXPECT_EQ(beam_search(decoding_of(table), {.beam_width = 3, .max_length = kLongest}).size(), 1U);
}

TEST(Hypothesis, ScoreDividesByThePowerOfTheLengthAndCountsTheEnd) {
  const Hypothesis ended{.tokens = {1, 2, 3}, .log_probability = -6, .ended = true};
  EXPECT_DOUBLE_EQ(ended.score({.length_penalty = 0}), -6);
  EXPECT_DOUBLE_EQ(ended.score({.length_penalty = 1}), -1.5);
  EXPECT_DOUBLE_EQ(ended.score({.length_penalty = 0.5}), -3);
  const SearchOptions plain{.length_penalty = 1};
  EXPECT_DOUBLE_EQ((Hypothesis{.tokens = {1, 2, 3}, .log_probability = -6}.score(plain)), -2);
  EXPECT_DOUBLE_EQ((Hypothesis{.tokens = {}, .log_probability = -6}.score(plain)), -6);
  const Hypothesis half_seen{.tokens = {1, 2}, .log_probability = -6, .coverage = std::log(0.5), .ended = true};
  EXPECT_DOUBLE_EQ(half_seen.score({.length_penalty = 1, .coverage_penalty = 0.2}), -2 + 0.2 * std::log(0.5));
}

/// As decoding_of(table), with a step that looks only at the place (of 3) that its last token names; place 2 of each
/// sentence is padding.
Decoding looking_decoding_of(const Tensor& table) {
  auto decoding = decoding_of(table);
  decoding.covers = true;
  decoding.state.push_back(torch::tensor({0.0, 0.0, 1.0}, torch::kFloat64).expand({1, table.size(0), 3}));
  decoding.step = [step = decoding.step](const Tensor& tokens, std::vector<Tensor>& state,
                                         const std::vector<Tensor>& memory) {
    auto seen = state.back().clone();
    state.pop_back();
    auto next = step(tokens, state, memory);
    const auto place = tokens.remainder(2);
    seen[0].index_put_({at::arange(tokens.size(0)), place}, seen[0].index({at::arange(tokens.size(0)), place}) + 0.6);
    state.push_back(seen);
    return next;
  };
  return decoding;
}

TEST(BeamSearch, CountsWhatEachSentenceHasSeen) {
  bool changes_the_best = false;
  for (int64_t seed = 0; seed < 30; ++seed) {
    const auto table = random_table(2, seed);
    const SearchOptions options{.beam_width = 4, .coverage_penalty = 1, .max_length = kLongest};
    const auto beams = beam_search(looking_decoding_of(table), options);
    const auto without = beam_search(decoding_of(table), {.beam_width = 4, .max_length = kLongest});
    for (int64_t b = 0; b < 2; ++b) {
      for (const auto& hypothesis : beams[b]) {
        // Read were the boundary, 0, and all tokens; of one that was cut off all but the last.
        auto read = hypothesis.tokens;
        read.insert(read.begin(), kBoundaryToken);
        if (!hypothesis.ended) read.pop_back();
        std::array<double, 2> seen{};
        for (const int64_t token : read) seen[token % 2] += 0.6;
        double expected = 0;
        for (const double s : seen) expected += std::log(std::clamp<double>(s, std::numeric_limits<float>::min(), 1));
        EXPECT_NEAR(hypothesis.coverage, expected, 1e-9);
      }
      for (size_t k = 1; k < beams[b].size(); ++k) {
        EXPECT_GE(beams[b][k - 1].score(options), beams[b][k].score(options));
      }
      changes_the_best = changes_the_best || beams[b][0].tokens != without[b][0].tokens;
    }
  }
  EXPECT_TRUE(changes_the_best);
}

/// How often each token was drawn first, as shares.
std::map<int64_t, double> first_tokens(const SamplingOptions& options, const Tensor& probabilities) {
  constexpr int64_t kDraws = 40000;
  const auto table = probabilities.log().expand({kDraws, kLongest + 1, V, V});
  torch::manual_seed(11);
  std::map<int64_t, double> share;
  auto cut = options;
  cut.max_length = 1;
  for (const auto& hypothesis : sample(decoding_of(table), cut)) {
    share[hypothesis.tokens.empty() ? kBoundaryToken : hypothesis.tokens[0]] += 1.0 / kDraws;
  }
  return share;
}

TEST(Sampling, DrawsAsOftenAsTheModelSays) {
  const auto p = torch::tensor({0.1, 0.2, 0.3, 0.4}, torch::kFloat64);
  constexpr double kNear = 0.01;  // four standard deviations of 40,000 draws
  auto plain = first_tokens({}, p);
  for (int64_t token = 0; token < V; ++token) EXPECT_NEAR(plain[token], p[token].item<double>(), kNear);
  // Temperature 1/2 squares probabilities: 1, 4, 9, 16 of 30.
  auto cold = first_tokens({.temperature = 0.5}, p);
  for (int64_t token = 0; token < V; ++token) EXPECT_NEAR(cold[token], std::pow(token + 1, 2) / 30, kNear);
  auto two = first_tokens({.top_k = 2}, p);
  EXPECT_NEAR(two[3], 4.0 / 7, kNear);
  EXPECT_NEAR(two[2], 3.0 / 7, kNear);
  EXPECT_EQ(two.size(), 2U);
  // 0.4 + 0.3 reach 0.7: the smallest set with at least that much.
  EXPECT_EQ(first_tokens({.top_p = 0.7}, p).size(), 2U);
  EXPECT_EQ(first_tokens({.top_p = 0.71}, p).size(), 3U);
  EXPECT_EQ(first_tokens({.top_p = 0.01}, p).size(), 1U);
}

TEST(Sampling, RefusesWhatIsNoDistribution) {
  const auto table = random_table(1, 1);
  EXPECT_THROW(sample(decoding_of(table), {.temperature = 0}), ConfigError);
  EXPECT_THROW(sample(decoding_of(table), {.top_p = 0}), ConfigError);
}

}  // namespace
}  // namespace recur::this_file
