// CTC without a beam: the best path, the alignment of known tokens, and a sound that comes in pieces.
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "models/search/ctc.h"
#include "tests/models/ctc_alignments.h"

namespace recur::this_file {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using torch::Tensor;

TEST(CtcGreedy, MergesRepeatsAndDropsBlanks) {
  const auto frames =
      at::log(torch::tensor({{.1, .8, .1}, {.1, .7, .2}, {.9, .0, .1}, {.3, .6, .1}, {.2, .2, .6}}, torch::kFloat64));
  const auto found = ctc_greedy(frames);
  EXPECT_THAT(found.tokens, ElementsAre(1, 1, 2));
  EXPECT_NEAR(found.log_probability, std::log(.8 * .7 * .9 * .6 * .6), 1e-12);
  EXPECT_EQ(found.score, found.log_probability);
}

TEST(CtcGreedy, TakesTheLowerOfEqualTokens) {
  EXPECT_THAT(ctc_greedy(at::full({3, 4}, std::log(.25))).tokens, IsEmpty());
  EXPECT_THAT(ctc_greedy(torch::tensor({{-9., -1., -1.}})).tokens, ElementsAre(1));
}

TEST(CtcGreedy, SaysNothingOfNoFrames) {
  const auto found = ctc_greedy(torch::empty({0, 5}));
  EXPECT_THAT(found.tokens, IsEmpty());
  EXPECT_EQ(found.log_probability, 0);
}

TEST(CtcGreedy, TakesNumbersThatAreNoneForImpossible) {
  const double nan = std::nan("");
  EXPECT_THAT(ctc_greedy(torch::tensor({{nan, -3., -5.}, {-1., kInfinity, nan}})).tokens, ElementsAre(1));
}

TEST(CtcSearches, NameAShapeThatDoesNotFit) {
  const auto batch = torch::zeros({2, 3, 4});
  for (const auto& search : std::initializer_list<std::function<void()>>{
           [&] { ctc_greedy(batch); }, [&] { ctc_beam_search(batch, {.beam_width = 4}); },
           [&] { ctc_align(batch, Labels{1}); },
           [&] {
             ctc_greedy(torch::zeros({3, 0}));
           },
           [&] {
             ctc_greedy(torch::zeros({3, 4}, torch::kInt64));
           }}) {
    EXPECT_THROW(search(), ShapeError);
  }
  try {
    ctc_beam_search(batch, {.beam_width = 4});
  } catch (const ShapeError& error) {
    EXPECT_THAT(error.what(), HasSubstr("ctc_beam_search: got log-probabilities [2, 3, 4]"));
  }
}

/// The spans of a path.
std::vector<CtcSpan> spans_of(const Tensor& frames, const std::vector<int64_t>& path) {
  std::vector<CtcSpan> spans;
  for (int64_t t = 0; t < std::ssize(path); ++t) {
    if (path[t] == 0) continue;
    if (t == 0 || path[t] != path[t - 1]) spans.push_back({path[t], t, t});
    spans.back().end = t + 1;
    spans.back().log_probability += frames[t][path[t]].item<double>();
  }
  return spans;
}

void expect_equal(const std::vector<CtcSpan>& found, const std::vector<CtcSpan>& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (size_t k = 0; k < found.size(); ++k) {
    EXPECT_EQ(found[k].token, expected[k].token);
    EXPECT_EQ(found[k].begin, expected[k].begin);
    EXPECT_EQ(found[k].end, expected[k].end);
    EXPECT_NEAR(found[k].log_probability, expected[k].log_probability, 1e-9);
  }
}

TEST(CtcAlign, FindsTheBestOfAllAlignments) {
  for (int64_t seed = 0; seed < 20; ++seed) {
    const auto frames = random_frames(2 + seed % 6, 2 + seed % 3, seed);
    for (const auto& [labels, alignments] : all_alignments(frames)) {
      expect_equal(ctc_align(frames, labels), spans_of(frames, alignments.best_path));
    }
  }
}

TEST(CtcAlign, GivesGreedysTokensTheFramesThatSaidThem) {
  const auto frames = random_frames(50, 6, 7);
  CtcGreedyStream stream;
  stream.push(frames);
  expect_equal(ctc_align(frames, ctc_greedy(frames).tokens), stream.spans());
}

TEST(CtcAlign, NeedsAFrameForEachTokenAndForBlanksBetweenEqualOnes) {
  EXPECT_TRUE(ctc_fits(0, Labels{}));
  EXPECT_TRUE(ctc_fits(3, Labels{1, 2, 1}));
  EXPECT_FALSE(ctc_fits(2, Labels{1, 2, 1}));
  EXPECT_TRUE(ctc_fits(5, Labels{1, 1, 1}));
  EXPECT_FALSE(ctc_fits(4, Labels{1, 1, 1}));
  EXPECT_EQ(ctc_align(random_frames(5, 3, 1), Labels{1, 1, 1}).size(), 3u);
  try {
    ctc_align(random_frames(4, 3, 1), Labels{1, 1, 1});
    FAIL();
  } catch (const ShapeError& error) {
    EXPECT_THAT(error.what(),
                HasSubstr("got 4 frames, expected at least 5: one for each of 3 tokens and 2 for blanks"));
  }
}

TEST(CtcAlign, NamesATokenThatIsNone) {
  const auto frames = random_frames(4, 3, 1);
  EXPECT_THROW(ctc_align(frames, Labels{1, 3}), DataError);
  EXPECT_THROW(ctc_align(frames, Labels{0}), DataError);
  EXPECT_THROW(ctc_align(frames, Labels{-1}), DataError);
}

TEST(CtcAlign, FindsFramesEvenForWhatIsImpossible) {
  auto frames = random_frames(6, 3, 2);
  frames.select(1, 2).fill_(-kInfinity);
  const auto spans = ctc_align(frames, Labels{1, 2, 1});
  ASSERT_EQ(spans.size(), 3u);
  EXPECT_EQ(spans[1].token, 2);
  EXPECT_EQ(spans[1].end - spans[1].begin, 1);
  EXPECT_EQ(spans[1].log_probability, -kInfinity);
  EXPECT_THAT(ctc_align(frames, Labels{}), IsEmpty());
}

TEST(CtcGreedyStream, SaysTheSameHoweverItIsCut) {
  const auto frames = random_frames(60, 4, 5).to(torch::kFloat32);
  const auto whole = ctc_greedy(frames);
  CtcGreedyStream at_once;
  at_once.push(frames);
  for (const int64_t piece : {1, 2, 7, 59, 60}) {
    CtcGreedyStream stream;
    Labels tokens;
    std::vector<int64_t> begins;
    for (int64_t begin = 0; begin < 60; begin += piece) {
      stream.push(torch::empty({0, 4}));
      for (const auto& span : stream.push(frames.slice(0, begin, begin + piece))) {
        tokens.push_back(span.token);
        begins.push_back(span.begin);
      }
    }
    EXPECT_EQ(tokens, whole.tokens);
    EXPECT_NEAR(stream.log_probability(), whole.log_probability, 1e-9);
    EXPECT_EQ(stream.frames(), 60);
    expect_equal(stream.spans(), at_once.spans());
    for (size_t k = 0; k < begins.size(); ++k) EXPECT_EQ(begins[k], stream.spans()[k].begin);
  }
}

}  // namespace
}  // namespace recur::this_file
