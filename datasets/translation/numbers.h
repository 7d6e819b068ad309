// The built-in translations: numbers in words, English and German.  No download, the same on every machine, and not
// word by word: German says the ones before the tens (twenty-three: dreiundzwanzig) and writes a number as one word.
#pragma once

#include <cstdint>
#include <string>

#include "datasets/translation/read_translation.h"

namespace recur {

/// "nine hundred ninety-nine thousand twenty-three", for 0 to 999,999.  @throws std::out_of_range
std::string english_number(int64_t number);

/// "neunhundertneunundneunzigtausenddreiundzwanzig", for 0 to 999,999.  @throws std::out_of_range
std::string german_number(int64_t number);

/// `examples` different numbers, English to German, 70 % of them for training, 15 % for validation and 15 % for test; a
/// pure function of its arguments.  Numbers of one digit to six are equally likely until there are no more of them.
/// Every word that there is occurs in training: 0 to 20, the tens, the hundreds and 1000 are always there.
/// @throws ConfigError  for less than 100 or more than 500,000 examples.
TranslationData simulate_numbers(int64_t examples, int64_t seed);

}  // namespace recur
