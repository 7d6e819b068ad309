// Tables written by hand; tests/interop/text_pipeline.cpp holds the rules against regular expressions in Python.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "datasets/text/tokenizer.h"

namespace recur::this_file {
namespace {

using Tokens = std::vector<std::string>;

Tokens collect(void (*split)(std::string_view, const TokenSink&), const std::string& text) {
  Tokens tokens;
  split(text, [&](std::string_view token) { tokens.emplace_back(token); });
  return tokens;
}

struct Case {
  std::string text;
  Tokens tokens;
};

void expect_words(const std::vector<Case>& cases) {
  for (const auto& [text, tokens] : cases) EXPECT_EQ(collect(&split_words, text), tokens) << text;
}

TEST(TextTokenizer, SplitsAtUnicodesBlanks) {
  EXPECT_EQ(collect(&split_whitespace, " it's\ta\n\xC2\xA0 film.\xE3\x80\x80x\xE2\x80\x8By "),
            (Tokens{"it's", "a", "film.", "x\xE2\x80\x8By"}));
  EXPECT_EQ(collect(&split_whitespace,
                    "a\x1C"
                    "b"),
            (Tokens{"a\x1C"
                    "b"}))
      << "a separator, but no blank";
  EXPECT_EQ(collect(&split_whitespace, " \n"), Tokens{});
}

TEST(TextTokenizer, SplitsCharacters) {
  EXPECT_EQ(collect(&split_characters, "a \xC3\xA9\xF0\x9F\x8E\xAC"),
            (Tokens{"a", " ", "\xC3\xA9", "\xF0\x9F\x8E\xAC"}));
  EXPECT_EQ(collect(&split_characters, ""), Tokens{});
}

TEST(TextTokenizer, TakesWordsAndPunctuation) {
  expect_words({
      {"", {}},
      {" \t", {}},
      {"a touching film", {"a", "touching", "film"}},
      {"(great!)", {"(", "great", "!", ")"}},
      {"well-made, really", {"well", "-", "made", ",", "really"}},
      {"wait... what?!!", {"wait", "...", "what", "?", "!!"}},
      {"a--b ---", {"a", "--", "b", "---"}},
      {"snake_case $5 50%", {"snake", "_", "case", "$", "5", "50", "%"}},
      {"\xE2\x80\x9Cna\xC3\xAFve\xE2\x80\x9D", {"\xE2\x80\x9C", "na\xC3\xAFve", "\xE2\x80\x9D"}},
      {"e\xCC\x81t\xC3\xA9", {"e\xCC\x81t\xC3\xA9"}},
      {"\xCC\x81"
       "a",
       {"\xCC\x81"
        "a"}},
  });
}

TEST(TextTokenizer, KeepsNumbersWhole) {
  expect_words({
      {"3.5 1,000,000.50", {"3.5", "1,000,000.50"}},
      {"7/10 .5 5. 1..2", {"7", "/", "10", ".", "5", "5", ".", "1", "..", "2"}},
      {"90s 2nd v2.0", {"90s", "2nd", "v2.0"}},
      {"end.Start a,b", {"end", ".", "Start", "a", ",", "b"}},
      {"10:30", {"10", ":", "30"}},
  });
}

TEST(TextTokenizer, SplitsContractionsAsThePennTreebankDoes) {
  expect_words({
      {"don't", {"do", "n't"}},
      {"Can't WON'T", {"Ca", "n't", "WO", "N'T"}},
      {"it's I'm he'd we'll they're I've", {"it", "'s", "I", "'m", "he", "'d", "we", "'ll", "they", "'re", "I", "'ve"}},
      {"shouldn't've", {"should", "n't", "'ve"}},
      {"the 1990's", {"the", "1990", "'s"}},
      {"o'clock rock'n'roll", {"o'clock", "rock'n'roll"}},
      {"actors' 'tis", {"actors", "'", "'", "tis"}},
      {"don\xE2\x80\x99t o\xE2\x80\x99"
       "clock",
       {"do", "n't", "o'clock"}},
  });
}

TEST(TextTokenizer, LeavesWhatIsSplitAlready) {
  expect_words({
      {"do n't it 's we 'll", {"do", "n't", "it", "'s", "we", "'ll"}},
      {"\xE2\x80\x99s 'S", {"'s", "'S"}},
      {"'sam 's.", {"'", "sam", "'s", "."}},
      {"' '' '5", {"'", "''", "'", "5"}},
  });
}

TEST(TextTokenizer, KeepsMarksWithTheirSymbol) {
  expect_words({
      {"\xE2\x9D\xA4\xEF\xB8\x8F\xE2\x9D\xA4", {"\xE2\x9D\xA4\xEF\xB8\x8F", "\xE2\x9D\xA4"}},
      {"!!\xEF\xB8\x8F!", {"!!\xEF\xB8\x8F", "!"}},
      {"\xF0\x9F\x91\xA8\xE2\x80\x8D\xF0\x9F\x91\xA9", {"\xF0\x9F\x91\xA8\xE2\x80\x8D", "\xF0\x9F\x91\xA9"}},
  });
}

}  // namespace
}  // namespace recur::this_file
