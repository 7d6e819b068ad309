#include <cmath>
#include <map>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "datasets/sentiment/reviews.h"

namespace recur::this_file {
namespace {

const std::set<std::string> kGood{"good",       "great",      "wonderful", "funny",      "touching",  "clever",
                                  "moving",     "brilliant",  "warm",      "thrilling",  "gripping",  "beautiful",
                                  "witty",      "charming",   "memorable", "smart",      "fresh",     "inspired",
                                  "convincing", "delightful", "exciting",  "original",   "enjoyable", "enjoy",
                                  "love",       "like",       "admire",    "appreciate", "adore",     "fascinating"};
const std::set<std::string> kBad{"bad",     "dull",        "boring",  "terrible",   "awful",     "tedious",
                                 "clumsy",  "stupid",      "flat",    "bland",      "silly",     "dreary",
                                 "weak",    "predictable", "hollow",  "painful",    "confusing", "lifeless",
                                 "shallow", "sloppy",      "despise", "dislike",    "annoying",  "forgettable",
                                 "hate",    "resent",      "loathe",  "unbearable", "regret",    "tiresome"};

std::vector<std::string> words(const std::string& text) {
  std::string plain;
  for (const char c : text)
    plain += std::isalpha(static_cast<unsigned char>(c)) ? static_cast<char>(std::tolower(c)) : ' ';
  std::istringstream in(plain);
  return {std::istream_iterator<std::string>(in), {}};
}

// Reads a review like a person: the last opinion counts, and a negation in its clause turns it round.
std::string verdict(const std::string& text) {
  const std::set<std::string> negations{"not", "hardly", "barely", "nobody", "no", "failed", "far", "anything"};
  std::string found = "none";
  size_t begin = 0;
  while (begin < text.size()) {
    auto end = std::min({text.find_first_of(".,;:", begin), text.find(" and ", begin), text.size()});
    bool negated = false;
    std::string previous;
    for (const auto& word : words(text.substr(begin, end - begin))) {
      negated = negated || negations.contains(word) || previous == "never";
      if (previous == "never" && word == "less") negated = false;  // "never less than"
      // In "far from moving" the opinion comes last; "the love scene" is none.
      if (kGood.contains(word)) found = negated ? "negative" : "positive";
      if (kBad.contains(word)) found = negated ? "positive" : "negative";
      previous = word;
    }
    begin = end + (end < text.size() && text[end] == ' ' ? 5 : 1);
  }
  return found;
}

TEST(Reviews, MeanWhatTheirLabelSays) {
  const auto reviews = simulate_reviews(4000);
  for (int64_t k = 0; k < reviews.size(); ++k) {
    auto text = reviews.texts[k];
    for (size_t at; (at = text.find("love scene")) != std::string::npos;) text.erase(at, 5);
    ASSERT_EQ(verdict(text), reviews.labels[k]) << text;
  }
}

TEST(Reviews, AreBalancedDifferentAndAlwaysTheSame) {
  const auto reviews = simulate_reviews(3000);
  EXPECT_EQ(std::count(reviews.labels.begin(), reviews.labels.end(), "positive"), 1500);
  EXPECT_EQ(std::set(reviews.texts.begin(), reviews.texts.end()).size(), 3000u);
  const auto fewer = simulate_reviews(100);
  EXPECT_TRUE(std::equal(fewer.texts.begin(), fewer.texts.end(), reviews.texts.begin()));
  // As on every other machine.
  EXPECT_EQ(reviews.texts[0],
            "The humour was always good. The direction was thrilling, but the lead actor was not very gripping.");
  for (const auto& text : reviews.texts) {
    const auto length = words(text).size();
    EXPECT_TRUE(length >= 4 && length <= 50) << text;
  }
}

TEST(Reviews, CountingWordsIsNotEnough) {
  const auto reviews = simulate_reviews(8000);
  std::map<std::string, std::array<double, 2>> counts;  // naive Bayes on the first 7,000
  for (int64_t k = 0; k < 7000; ++k) {
    for (const auto& word : words(reviews.texts[k])) ++counts[word][reviews.labels[k] == "positive"];
  }
  int64_t right = 0;
  for (int64_t k = 7000; k < 8000; ++k) {
    double odds = 0;
    for (const auto& word : words(reviews.texts[k])) odds += std::log((counts[word][1] + 1) / (counts[word][0] + 1));
    right += (odds > 0) == (reviews.labels[k] == "positive");
  }
  EXPECT_LT(right, 700);
}

}  // namespace
}  // namespace recur::this_file
