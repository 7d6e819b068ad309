#include "datasets/translation/numbers.h"

#include <array>
#include <random>
#include <stdexcept>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "core/error.h"
#include "core/scramble.h"
#include "datasets/with_commas.h"

namespace recur {
namespace {

using Words = std::array<std::string_view, 20>;

constexpr Words kEnglish = {"zero",     "one",     "two",     "three",     "four",     "five",    "six",
                            "seven",    "eight",   "nine",    "ten",       "eleven",   "twelve",  "thirteen",
                            "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"};
constexpr std::array<std::string_view, 10> kEnglishTens = {"",      "",      "twenty",  "thirty", "forty",
                                                           "fifty", "sixty", "seventy", "eighty", "ninety"};
constexpr Words kGerman = {"null",     "ein",      "zwei",     "drei",     "vier",     "fünf",    "sechs",
                           "sieben",   "acht",     "neun",     "zehn",     "elf",      "zwölf",   "dreizehn",
                           "vierzehn", "fünfzehn", "sechzehn", "siebzehn", "achtzehn", "neunzehn"};
constexpr std::array<std::string_view, 10> kGermanTens = {"",        "",        "zwanzig", "dreißig", "vierzig",
                                                          "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig"};

void check_number(int64_t number) {
  if (number < 0 || number > 999999) {
    throw std::out_of_range(fmt::format("got the number {}, expected 0 to 999,999", number));
  }
}

void add_word(std::string& words, std::string_view word) {
  if (!words.empty()) words += ' ';
  words += word;
}

void add_english_below_1000(std::string& words, int64_t number) {
  if (number >= 100) {
    add_word(words, kEnglish[number / 100]);
    add_word(words, "hundred");
    number %= 100;
  }
  if (number >= 20) {
    add_word(words, kEnglishTens[number / 10]);
    if (number % 10 > 0) (words += '-') += kEnglish[number % 10];
  } else if (number > 0) {
    add_word(words, kEnglish[number]);
  }
}

// `one` is "ein" before another word and "eins" at the end.
std::string german_below_1000(int64_t number, std::string_view one) {
  std::string word;
  if (number >= 100) (word += kGerman[number / 100]) += "hundert";
  number %= 100;
  if (number >= 20) {
    if (number % 10 > 0) (word += kGerman[number % 10]) += "und";
    word += kGermanTens[number / 10];
  } else if (number > 0) {
    word += number == 1 ? one : kGerman[number];
  }
  return word;
}

// With these in training no word is unknown: 0 to 20, the tens, the hundreds and 1000.
std::vector<int64_t> numbers_to_start_from() {
  std::vector<int64_t> numbers;
  for (int64_t number = 0; number <= 20; ++number) numbers.push_back(number);
  for (int64_t number = 30; number < 100; number += 10) numbers.push_back(number);
  for (int64_t number = 100; number <= 1000; number += 100) numbers.push_back(number);
  return numbers;
}

// Which numbers are drawn says nothing of a number's place among them: the short ones run out, and come early.
std::vector<int64_t> draw_numbers(int64_t count, const std::vector<int64_t>& known, std::mt19937_64& engine) {
  std::unordered_set<int64_t> taken(known.begin(), known.end());
  std::vector<int64_t> drawn;
  while (static_cast<int64_t>(drawn.size()) < count) {
    int64_t low = 1;
    for (auto digits = engine() % 6; digits > 0; --digits) low *= 10;
    const auto number = low + static_cast<int64_t>(engine() % static_cast<uint64_t>(9 * low));
    if (taken.insert(number).second) drawn.push_back(number);
  }
  for (auto left = drawn.size(); left > 1; --left) std::swap(drawn[left - 1], drawn[engine() % left]);
  return drawn;
}

void add_pair(SentencePairs& pairs, int64_t number) {
  pairs.source.push_back(english_number(number));
  pairs.target.push_back(german_number(number));
}

}  // namespace

std::string english_number(int64_t number) {
  check_number(number);
  if (number == 0) return std::string(kEnglish[0]);
  std::string words;
  if (number >= 1000) {
    add_english_below_1000(words, number / 1000);
    add_word(words, "thousand");
  }
  add_english_below_1000(words, number % 1000);
  return words;
}

std::string german_number(int64_t number) {
  check_number(number);
  if (number == 0) return std::string(kGerman[0]);
  const auto thousands = number >= 1000 ? german_below_1000(number / 1000, "ein") + "tausend" : "";
  return thousands + german_below_1000(number % 1000, "eins");
}

TranslationData simulate_numbers(int64_t examples, int64_t seed) {
  if (examples < 100 || examples > 500000) {
    throw ConfigError(fmt::format("simulate_examples: got {}, expected 100 to 500,000", examples));
  }
  std::mt19937_64 engine(scrambled(static_cast<uint64_t>(seed)));
  const auto known = numbers_to_start_from();
  const auto drawn = draw_numbers(examples - static_cast<int64_t>(known.size()), known, engine);
  const auto kept = examples * 15 / 100;  // for validation, and for test
  TranslationData data;
  for (const auto number : known) add_pair(data.train, number);
  for (int64_t k = 0; k < static_cast<int64_t>(drawn.size()); ++k) {
    add_pair(k < kept ? data.validation : k < 2 * kept ? data.test : data.train, drawn[k]);
  }
  data.report = {fmt::format("train: {} numbers in words, English and German", with_commas(data.train.size())),
                 fmt::format("validation: {} numbers, none of them in train", with_commas(data.validation.size())),
                 fmt::format("test: {} numbers, none of them in train or validation", with_commas(data.test.size()))};
  return data;
}

}  // namespace recur
