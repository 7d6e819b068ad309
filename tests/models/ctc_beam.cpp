// CTC's beam search against all alignments written out, torch's CTC loss, and a prefix search over a map.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "models/search/ctc.h"
#include "tests/models/ctc_alignments.h"

namespace recur::this_file {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using torch::Tensor;

double torchs_log_probability(const Tensor& frames, const Labels& labels) {
  return -at::ctc_loss(frames.unsqueeze(1), torch::tensor(labels, torch::kInt64).view({1, -1}), {frames.size(0)},
                       {std::ssize(labels)}, 0, at::Reduction::None)
              .item<double>();
}

/// log p(token | the token before), and of an end; its states are numbers of prefixes, each asked for once.
class BigramScorer : public PrefixScorer {
 public:
  explicit BigramScorer(int64_t V) : table_(random_frames(V, V, 99)) {}

  int64_t begin() override {
    prefixes_ = {{}};
    return 0;
  }
  double log_probability(int64_t state, int64_t token) override { return of(prefixes_.at(state), token); }
  std::vector<int64_t> extend(std::span<const Step> steps) override {
    ++calls_;
    std::vector<int64_t> states;
    for (const auto& [state, token] : steps) {
      auto longer = prefixes_.at(state);
      longer.push_back(token);
      EXPECT_THAT(prefixes_, testing::Not(testing::Contains(longer))) << "a prefix is read once";
      states.push_back(std::ssize(prefixes_));
      prefixes_.push_back(longer);
    }
    return states;
  }
  double log_probability_of_end(int64_t state) override { return of(prefixes_.at(state), 0); }

  double of(const Labels& before, int64_t token) const {
    return table_[before.empty() ? 0 : before.back()][token].item<double>();
  }
  double of_all(const Labels& labels) const {
    double sum = 0;
    Labels before;
    for (const int64_t token : labels) {
      sum += of(before, token);
      before.push_back(token);
    }
    return sum;
  }
  int64_t calls() const { return calls_; }

 private:
  Tensor table_;
  std::vector<Labels> prefixes_;
  int64_t calls_ = 0;
};

/// Hannun et al.'s algorithm 1 as a map from prefixes, without what it keeps of those that left the beam.
std::vector<CtcHypothesis> plain_beam_search(const Tensor& frames, const CtcSearchOptions& options,
                                             const BigramScorer* scorer) {
  struct Sum {
    double blank = -kInfinity, token = -kInfinity;
  };
  const auto score = [&](const Labels& prefix, const Sum& sum) {
    const double language = scorer == nullptr ? 0 : options.language_weight * scorer->of_all(prefix);
    return add(sum.blank, sum.token) + language + options.length_bonus * static_cast<double>(prefix.size());
  };
  std::map<Labels, Sum> beam = {{{}, {.blank = 0}}};
  for (int64_t t = 0; t < frames.size(0); ++t) {
    const auto y = frames[t];
    auto kept = std::get<1>(
        y.slice(0, 1).topk(options.tokens_kept == 0 ? y.size(0) - 1 : std::min(options.tokens_kept, y.size(0) - 1)));
    std::map<Labels, Sum> next;
    for (const auto& [prefix, sum] : beam) {
      const double total = add(sum.blank, sum.token);
      next[prefix].blank = add(next[prefix].blank, y[0].item<double>() + total);
      for (int64_t token = 1; token < y.size(0); ++token) {
        const double here = y[token].item<double>();
        auto longer = prefix;
        longer.push_back(token);
        const bool again = !prefix.empty() && prefix.back() == token;
        if (again) next[prefix].token = add(next[prefix].token, here + sum.token);
        if (!beam.contains(longer) && !(kept == token - 1).any().item<bool>()) continue;
        next[longer].token = add(next[longer].token, here + (again ? sum.blank : total));
      }
    }
    std::vector<std::pair<Labels, Sum>> ranked(next.begin(), next.end());
    std::erase_if(ranked, [](const auto& entry) { return add(entry.second.blank, entry.second.token) == -kInfinity; });
    std::ranges::stable_sort(ranked, std::greater{},
                             [&](const auto& entry) { return score(entry.first, entry.second); });
    ranked.resize(std::min(ranked.size(), static_cast<size_t>(options.beam_width)));
    beam = {ranked.begin(), ranked.end()};
  }
  std::vector<CtcHypothesis> found;
  for (const auto& [prefix, sum] : beam) {
    const double end = scorer == nullptr ? 0 : scorer->of(prefix, 0);
    found.push_back({prefix, add(sum.blank, sum.token), score(prefix, sum) + options.language_weight * end});
  }
  std::ranges::stable_sort(found, std::greater{}, &CtcHypothesis::score);
  return found;
}

void expect_equal(const std::vector<CtcHypothesis>& found, const std::vector<CtcHypothesis>& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (size_t k = 0; k < found.size(); ++k) {
    EXPECT_EQ(found[k].tokens, expected[k].tokens) << k;
    EXPECT_NEAR(found[k].log_probability, expected[k].log_probability, 1e-9) << k;
    EXPECT_NEAR(found[k].score, expected[k].score, 1e-9) << k;
  }
}

TEST(CtcBeamSearch, SumsOverAllAlignmentsIfItsBeamHoldsThemAll) {
  for (int64_t seed = 0; seed < 20; ++seed) {
    const auto frames = random_frames(2 + seed % 5, 2 + seed % 3, seed);
    const auto all = all_alignments(frames);
    const auto found = ctc_beam_search(frames, {.beam_width = 5000});
    ASSERT_EQ(found.size(), all.size());
    for (size_t k = 0; k < found.size(); ++k) {
      EXPECT_NEAR(found[k].log_probability, all.at(found[k].tokens).sum, 1e-9);
      if (k > 0) {
        EXPECT_LE(found[k].log_probability, found[k - 1].log_probability);
      }
    }
  }
}

TEST(CtcBeamSearch, GivesMinusTorchsLoss) {
  for (int64_t seed = 0; seed < 5; ++seed) {
    const auto frames = random_frames(6, 4, seed);
    const auto found = ctc_beam_search(frames, {.beam_width = 5000});
    for (size_t k = 0; k < 40; ++k) {
      if (found[k].tokens.empty()) continue;
      EXPECT_NEAR(found[k].log_probability, torchs_log_probability(frames, found[k].tokens), 1e-9);
    }
  }
}

TEST(CtcBeamSearch, FindsWhatTheBestPathMisses) {
  const auto frames = at::log(torch::tensor({{.6, .4}, {.6, .4}}, torch::kFloat64));
  EXPECT_THAT(ctc_greedy(frames).tokens, IsEmpty());
  const auto best = ctc_beam_search(frames, {.beam_width = 2}).front();
  EXPECT_THAT(best.tokens, ElementsAre(1));
  EXPECT_NEAR(best.log_probability, std::log(.64), 1e-12);
}

TEST(CtcBeamSearch, IsTheAlgorithmOverMaps) {
  for (int64_t seed = 0; seed < 40; ++seed) {
    const auto frames = random_frames(12, 5, seed);
    BigramScorer scorer(5);
    for (const int64_t beam_width : {2, 3, 8}) {
      const CtcSearchOptions options{.beam_width = beam_width,
                                     .tokens_kept = seed % 4,
                                     .language_weight = 0.7,
                                     .length_bonus = static_cast<double>(seed % 3) / 2};
      SCOPED_TRACE(testing::Message() << "seed " << seed << ", beam " << beam_width);
      expect_equal(ctc_beam_search(frames, options), plain_beam_search(frames, options, nullptr));
      expect_equal(ctc_beam_search(frames, options, &scorer), plain_beam_search(frames, options, &scorer));
    }
  }
}

TEST(CtcBeamSearch, OfOneIsGreedyUnlessALanguageModelHasASay) {
  const auto frames = at::log(torch::tensor({{.6, .4}, {.6, .4}}, torch::kFloat64));
  EXPECT_THAT(ctc_beam_search(frames, {.beam_width = 1}).front().tokens, IsEmpty());
  BigramScorer scorer(5);
  const auto longer = random_frames(20, 5, 1);
  const CtcSearchOptions options{.beam_width = 1};
  expect_equal(ctc_beam_search(longer, options, &scorer), plain_beam_search(longer, options, &scorer));
}

TEST(CtcBeamSearch, WeighsALanguageModel) {
  BigramScorer scorer(4);
  const CtcSearchOptions options{.beam_width = 5000, .language_weight = 0.8, .length_bonus = 0.4};
  for (int64_t seed = 0; seed < 10; ++seed) {
    const auto frames = random_frames(5, 4, seed);
    const auto found = ctc_beam_search(frames, options, &scorer);
    const auto all = all_alignments(frames);
    ASSERT_EQ(found.size(), all.size());
    double best = -kInfinity;
    const auto score = [&](const Labels& labels, double log_probability) {
      const double language = scorer.of_all(labels) + scorer.of(labels, 0);
      return log_probability + 0.8 * language + 0.4 * static_cast<double>(labels.size());
    };
    for (const auto& [labels, alignments] : all) best = std::max(best, score(labels, alignments.sum));
    EXPECT_NEAR(found.front().score, best, 1e-9);
    for (const auto& hypothesis : found) {
      EXPECT_NEAR(hypothesis.log_probability, all.at(hypothesis.tokens).sum, 1e-9) << "the network's own";
      EXPECT_NEAR(hypothesis.score, score(hypothesis.tokens, hypothesis.log_probability), 1e-9);
    }
  }
}

TEST(CtcBeamSearch, ReadsALanguageModelOnceAFrame) {
  BigramScorer scorer(5);
  ctc_beam_search(random_frames(30, 5, 3), {.beam_width = 8}, &scorer);
  EXPECT_LE(scorer.calls(), 30);
}

TEST(CtcBeamSearch, DoesNotListenToALanguageModelOfNoWeight) {
  BigramScorer scorer(5);
  const auto frames = random_frames(12, 5, 3);
  expect_equal(ctc_beam_search(frames, {.beam_width = 4, .language_weight = 0}, &scorer),
               ctc_beam_search(frames, {.beam_width = 4}));
  expect_equal(ctc_beam_search(frames, {.beam_width = 1, .language_weight = 0}, &scorer), {ctc_greedy(frames)});
}

TEST(CtcBeamSearch, BreaksTiesByTokens) {
  const auto found = ctc_beam_search(at::full({1, 4}, std::log(.25)), {.beam_width = 3});
  ASSERT_EQ(found.size(), 3u);
  EXPECT_THAT(found[0].tokens, IsEmpty());
  EXPECT_THAT(found[1].tokens, ElementsAre(1));
  EXPECT_THAT(found[2].tokens, ElementsAre(2));
}

TEST(CtcBeamSearch, SaysNothingWhereNothingIsPossible) {
  for (const auto& frames : {at::full({3, 4}, -kInfinity), at::full({3, 4}, std::nan(""))}) {
    const auto found = ctc_beam_search(frames, {.beam_width = 3});
    ASSERT_EQ(found.size(), 1u);
    EXPECT_THAT(found[0].tokens, IsEmpty());
    EXPECT_EQ(found[0].log_probability, -kInfinity);
  }
  EXPECT_EQ(ctc_beam_search(torch::empty({0, 4}), {.beam_width = 3}).front().log_probability, 0);
}

}  // namespace
}  // namespace recur::this_file
