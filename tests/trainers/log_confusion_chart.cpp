#include <cmath>
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "trainers/log/confusion_chart.h"
#include "trainers/log/word_weights.h"

namespace recur::this_file {
namespace {

using ::testing::AllOf;
using ::testing::DoubleNear;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

/// Texts of `names.size()` classes, ten of each, all said to be of the first.
ClassificationScore all_first(const std::vector<std::string>& names) {
  const auto classes = static_cast<int64_t>(names.size());
  const torch::Tensor labels = at::arange(10 * classes).remainder(classes);
  return score_classification({at::one_hot(at::zeros_like(labels), classes).to(at::kDouble), labels}, names);
}

size_t occurrences(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

TEST(LogConfusionChart, ACellSaysItsCountAndShare) {
  const auto score = score_classification(
      {at::one_hot(at::tensor({0, 0, 0, 1, 1}, at::kLong), 2).to(at::kDouble), at::tensor({0, 0, 0, 0, 1}, at::kLong)},
      {"bad", "good"});
  const std::string svg = confusion_svg(score, false);
  EXPECT_THAT(svg, AllOf(HasSubstr("<title>bad taken for bad: 3 of 4 (75.0 %)</title>"), HasSubstr(">75.0 %<"),
                         HasSubstr("<title>bad taken for good: 1 of 4 (25.0 %)</title>"), HasSubstr(">25.0 %<"),
                         HasSubstr("<title>good taken for good: 1 of 1 (100.0 %)</title>")));
  EXPECT_EQ(occurrences(svg, "<title>"), 3u) << "a pair that never occurred needs no words";
  EXPECT_EQ(occurrences(svg, "fill:var(--c0)"), 2u) << "right";
  EXPECT_EQ(occurrences(svg, "fill:var(--c1)"), 1u) << "wrong";
}

TEST(LogConfusionChart, ManyClassesHaveACellForEachPair) {
  std::vector<std::string> names;
  for (int i = 0; i < 50; ++i) names.push_back("class " + std::to_string(i));
  const std::string svg = confusion_svg(all_first(names), false);
  EXPECT_EQ(occurrences(svg, "<rect "), 2500u);
  EXPECT_EQ(occurrences(svg, "rotate(-45"), 50u);
  EXPECT_THAT(svg, Not(HasSubstr(">100.0 %<")));
}

TEST(LogConfusionChart, NamesAreEscapedAndCut) {
  const std::string svg = confusion_svg(all_first({"<b>&", std::string(90, 'x')}), false);
  EXPECT_THAT(svg, AllOf(HasSubstr("&lt;b&gt;&amp;"), Not(HasSubstr("<b>")), HasSubstr("xxx…</text>")));
}

TEST(LogConfusionChart, AloneItBringsItsColours) {
  const auto score = all_first({"a", "b", "c"});
  EXPECT_THAT(confusion_svg(score), AllOf(HasSubstr("xmlns="), HasSubstr("<style>")));
  EXPECT_THAT(confusion_svg(score, false), AllOf(Not(HasSubstr("xmlns=")), Not(HasSubstr("<style>"))));
}

TEST(LogConfusionWords, StrengthIsRelativeToTheLargestWeight) {
  EXPECT_THAT(word_strengths({0.1, 0.8, 0.1}),
              ElementsAre(DoubleNear(0.125, 1e-12), DoubleNear(1, 1e-12), DoubleNear(0.125, 1e-12)));
  EXPECT_THAT(word_strengths({0.25, 0.25, 0.25, 0.25}), Each(DoubleNear(0.5, 1e-12))) << "no word stands out";
  EXPECT_THAT(word_strengths({NAN, -1, 0}), Each(0));
  EXPECT_THAT(word_strengths({}), IsEmpty());
}

TEST(LogConfusionWords, ATerminalWithoutColourGetsNumbersBehindTheStrongWords) {
  EXPECT_EQ(coloured_words({"a", "touching", "film"}, {0.1, 0.7, 0.2}, false), "a touching[0.70] film[0.20]");
}

TEST(LogConfusionWords, ATerminalWithColourGetsBackgroundsThatEnd) {
  EXPECT_EQ(coloured_words({"a", "touching", "film"}, {0.1, 0.7, 0.2}, true),
            "a \x1b[1;48;5;26;38;5;231mtouching\x1b[0m \x1b[48;5;153;38;5;16mfilm\x1b[0m");
  EXPECT_EQ(coloured_words({"\x1b[2J", "x"}, {0, 0}, true), "?[2J x");
}

TEST(LogConfusionWords, APageSaysWhatWasPredictedAndWhatIsTrue) {
  const std::string wrong = word_weights_html({{"a", "<b>"}, {0.1, 0.9}, "good", 0.934, "bad"});
  EXPECT_THAT(wrong, AllOf(HasSubstr("<b>good</b> 93.4 %"), HasSubstr("✗ truly bad"), HasSubstr(">&lt;b&gt;</span>"),
                           HasSubstr("title=\"0.900\"")));
  EXPECT_THAT(word_weights_html({{"a"}, {1}, "good", 0.9, "good"}), AllOf(HasSubstr("✓"), Not(HasSubstr("truly"))));
  EXPECT_THAT(word_weights_html({{"a"}, {1}, "good", 0.9}), AllOf(Not(HasSubstr("✓")), Not(HasSubstr("✗"))));
}

TEST(LogConfusionWords, OneWeightAWordOrAnError) {
  EXPECT_THROW(coloured_words({"a"}, {}, false), ShapeError);
  EXPECT_THROW(word_weights_html({{"a"}, {0.5, 0.5}, "good", 1}), ShapeError);
}

}  // namespace
}  // namespace recur::this_file
