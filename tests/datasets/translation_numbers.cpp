// Numbers in words against other programs, and the set that is made of them.
#include <algorithm>
#include <array>
#include <set>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.h"
#include "datasets/text/tokenizer.h"
#include "datasets/translation/numbers.h"
#include "tests/datasets/temporary_folder.h"

namespace recur::this_file {
namespace {

using testing::ElementsAre;

struct InWords {
  int64_t number;
  std::string english, german;
};

// Python's num2words 0.5.14, English without "and" and commas; 201000, 201001 and 801701 by ICU 72's speller
// (SPELLOUT), because num2words writes "zweihunderteinstausend".  All numbers from 0 to 999,999 were compared by hand
// with both: ICU's are the same in both languages, and num2words' but for the 9,000 German ones with that mistake.
const std::vector<InWords> kNumbers = {
    // clang-format off
    {0, "zero", "null"},
    {1, "one", "eins"},
    {2, "two", "zwei"},
    {3, "three", "drei"},
    {4, "four", "vier"},
    {5, "five", "fünf"},
    {6, "six", "sechs"},
    {7, "seven", "sieben"},
    {8, "eight", "acht"},
    {9, "nine", "neun"},
    {10, "ten", "zehn"},
    {11, "eleven", "elf"},
    {12, "twelve", "zwölf"},
    {13, "thirteen", "dreizehn"},
    {14, "fourteen", "vierzehn"},
    {15, "fifteen", "fünfzehn"},
    {16, "sixteen", "sechzehn"},
    {17, "seventeen", "siebzehn"},
    {18, "eighteen", "achtzehn"},
    {19, "nineteen", "neunzehn"},
    {20, "twenty", "zwanzig"},
    {21, "twenty-one", "einundzwanzig"},
    {29, "twenty-nine", "neunundzwanzig"},
    {30, "thirty", "dreißig"},
    {31, "thirty-one", "einunddreißig"},
    {40, "forty", "vierzig"},
    {50, "fifty", "fünfzig"},
    {56, "fifty-six", "sechsundfünfzig"},
    {60, "sixty", "sechzig"},
    {61, "sixty-one", "einundsechzig"},
    {66, "sixty-six", "sechsundsechzig"},
    {67, "sixty-seven", "siebenundsechzig"},
    {70, "seventy", "siebzig"},
    {71, "seventy-one", "einundsiebzig"},
    {76, "seventy-six", "sechsundsiebzig"},
    {77, "seventy-seven", "siebenundsiebzig"},
    {80, "eighty", "achtzig"},
    {90, "ninety", "neunzig"},
    {99, "ninety-nine", "neunundneunzig"},
    {100, "one hundred", "einhundert"},
    {101, "one hundred one", "einhunderteins"},
    {110, "one hundred ten", "einhundertzehn"},
    {111, "one hundred eleven", "einhundertelf"},
    {112, "one hundred twelve", "einhundertzwölf"},
    {116, "one hundred sixteen", "einhundertsechzehn"},
    {117, "one hundred seventeen", "einhundertsiebzehn"},
    {121, "one hundred twenty-one", "einhunderteinundzwanzig"},
    {200, "two hundred", "zweihundert"},
    {211, "two hundred eleven", "zweihundertelf"},
    {666, "six hundred sixty-six", "sechshundertsechsundsechzig"},
    {777, "seven hundred seventy-seven", "siebenhundertsiebenundsiebzig"},
    {999, "nine hundred ninety-nine", "neunhundertneunundneunzig"},
    {1000, "one thousand", "eintausend"},
    {1001, "one thousand one", "eintausendeins"},
    {1011, "one thousand eleven", "eintausendelf"},
    {1100, "one thousand one hundred", "eintausendeinhundert"},
    {1666, "one thousand six hundred sixty-six", "eintausendsechshundertsechsundsechzig"},
    {2001, "two thousand one", "zweitausendeins"},
    {7717, "seven thousand seven hundred seventeen", "siebentausendsiebenhundertsiebzehn"},
    {10000, "ten thousand", "zehntausend"},
    {11016, "eleven thousand sixteen", "elftausendsechzehn"},
    {12345, "twelve thousand three hundred forty-five", "zwölftausenddreihundertfünfundvierzig"},
    {16017, "sixteen thousand seventeen", "sechzehntausendsiebzehn"},
    {21021, "twenty-one thousand twenty-one", "einundzwanzigtausendeinundzwanzig"},
    {30007, "thirty thousand seven", "dreißigtausendsieben"},
    {60060, "sixty thousand sixty", "sechzigtausendsechzig"},
    {71000, "seventy-one thousand", "einundsiebzigtausend"},
    {77777, "seventy-seven thousand seven hundred seventy-seven", "siebenundsiebzigtausendsiebenhundertsiebenundsiebzig"},
    {100000, "one hundred thousand", "einhunderttausend"},
    {100001, "one hundred thousand one", "einhunderttausendeins"},
    {110011, "one hundred ten thousand eleven", "einhundertzehntausendelf"},
    {121121, "one hundred twenty-one thousand one hundred twenty-one", "einhunderteinundzwanzigtausendeinhunderteinundzwanzig"},
    {167016, "one hundred sixty-seven thousand sixteen", "einhundertsiebenundsechzigtausendsechzehn"},
    {201000, "two hundred one thousand", "zweihunderteintausend"},
    {201001, "two hundred one thousand one", "zweihunderteintausendeins"},
    {500000, "five hundred thousand", "fünfhunderttausend"},
    {670071, "six hundred seventy thousand seventy-one", "sechshundertsiebzigtausendeinundsiebzig"},
    {717616, "seven hundred seventeen thousand six hundred sixteen", "siebenhundertsiebzehntausendsechshundertsechzehn"},
    {801701, "eight hundred one thousand seven hundred one", "achthunderteintausendsiebenhunderteins"},
    {900016, "nine hundred thousand sixteen", "neunhunderttausendsechzehn"},
    {999023, "nine hundred ninety-nine thousand twenty-three", "neunhundertneunundneunzigtausenddreiundzwanzig"},
    {999999, "nine hundred ninety-nine thousand nine hundred ninety-nine", "neunhundertneunundneunzigtausendneunhundertneunundneunzig"},
    // clang-format on
};

TEST(NumbersInWords, AreThoseOfAnotherProgram) {
  for (const auto& [number, english, german] : kNumbers) {
    EXPECT_EQ(english_number(number), english);
    EXPECT_EQ(german_number(number), german);
  }
}

TEST(NumbersInWords, AreDifferentForDifferentNumbers) {
  std::set<std::string> english, german;
  for (int64_t number = 0; number < 1000000; number += number < 2000 ? 1 : 37) {
    EXPECT_TRUE(english.insert(english_number(number)).second) << number;
    EXPECT_TRUE(german.insert(german_number(number)).second) << number;
  }
}

TEST(NumbersInWords, EndAt999999) {
  for (const int64_t number : {int64_t{-1}, int64_t{1000000}}) {
    const auto expected = "got the number " + std::to_string(number) + ", expected 0 to 999,999";
    EXPECT_EQ(message_of<std::out_of_range>([&] { english_number(number); }), expected);
    EXPECT_EQ(message_of<std::out_of_range>([&] { german_number(number); }), expected);
  }
}

std::set<std::string> words_of(const std::vector<std::string>& sentences) {
  std::set<std::string> words;
  for (const auto& sentence : sentences) {
    split_words(sentence, [&](std::string_view word) { words.emplace(word); });
  }
  return words;
}

TEST(SimulatedNumbers, AreEachInOneSplit) {
  const auto data = simulate_numbers(6000, 1);
  EXPECT_EQ(data.train.size(), 4200);
  EXPECT_EQ(data.validation.size(), 900);
  EXPECT_EQ(data.test.size(), 900);
  std::set<std::string> sources, targets;
  for (const auto* part : {&data.train, &data.validation, &data.test}) {
    EXPECT_EQ(part->source.size(), part->target.size());
    sources.insert(part->source.begin(), part->source.end());
    targets.insert(part->target.begin(), part->target.end());
  }
  EXPECT_EQ(sources.size(), 6000u);
  EXPECT_EQ(targets.size(), 6000u);
  EXPECT_THAT(data.report, ElementsAre("train: 4,200 numbers in words, English and German",
                                       "validation: 900 numbers, none of them in train",
                                       "test: 900 numbers, none of them in train or validation"));
}

// English words -> the number.
const std::unordered_map<std::string, int64_t>& known_numbers() {
  static const auto kNumbersOf = [] {
    std::unordered_map<std::string, int64_t> numbers(1000000);
    for (int64_t number = 0; number < 1000000; ++number) numbers.emplace(english_number(number), number);
    return numbers;
  }();
  return kNumbersOf;
}

TEST(SimulatedNumbers, AreTranslations) {
  const auto data = simulate_numbers(3000, 2);
  for (const auto* part : {&data.train, &data.validation, &data.test}) {
    for (int64_t k = 0; k < part->size(); ++k) {
      EXPECT_EQ(part->target[k], german_number(known_numbers().at(part->source[k])));
    }
  }
}

TEST(SimulatedNumbers, HaveEveryWordInTraining) {
  for (int64_t seed = 0; seed < 20; ++seed) {
    const auto data = simulate_numbers(100, seed);
    EXPECT_EQ(data.train.size(), 70);
    for (const int64_t number : {0, 1, 9, 13, 20, 30, 90, 100, 900, 1000}) {
      EXPECT_EQ(std::ranges::count(data.train.source, english_number(number)), 1) << number;
    }
    EXPECT_EQ(words_of(data.train.source).size(), 31u);  // 20 small ones, 8 tens, hundred, thousand, -
  }
}

TEST(SimulatedNumbers, AreOfAllLengthsInEverySplit) {
  const auto data = simulate_numbers(6000, 3);
  for (const auto* part : {&data.train, &data.validation, &data.test}) {
    std::array<int64_t, 7> counts{};  // by digits
    for (const auto& words : part->source) ++counts[std::to_string(known_numbers().at(words)).size()];
    EXPECT_EQ(counts[1], part == &data.train ? 10 : 0);
    EXPECT_GT(counts[2], part->size() / 200);
    EXPECT_GT(counts[3], part->size() / 10);
    for (const auto digits : {4, 5, 6}) {
      EXPECT_GT(counts[digits], part->size() / 5) << digits;
      EXPECT_LT(counts[digits], part->size() / 3) << digits;
    }
  }
}

TEST(SimulatedNumbers, AreAPureFunctionOfTheSeed) {
  const auto first = simulate_numbers(500, 7), again = simulate_numbers(500, 7), other = simulate_numbers(500, 8);
  EXPECT_EQ(first.train.source, again.train.source);
  EXPECT_EQ(first.test.target, again.test.target);
  EXPECT_NE(first.test.source, other.test.source);
  EXPECT_NE(first.train.source, other.train.source);
}

TEST(SimulatedNumbers, Are100To500000) {
  for (const int64_t examples : {99, 500001}) {
    EXPECT_EQ(message_of<ConfigError>([&] { simulate_numbers(examples, 1); }),
              "simulate_examples: got " + std::to_string(examples) + ", expected 100 to 500,000");
  }
}

}  // namespace
}  // namespace recur::this_file
