// A text's tokens by rule, without learning anything; the text is UTF-8 and already normalized.
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

namespace recur {

/// Takes the tokens in the order of the text.  A token's bytes last only as long as the call.
using TokenSink = std::function<void(std::string_view)>;

/// What stands between blanks.  A blank is what Unicode calls White_Space: no-break and ideographic spaces are blanks,
/// the zero-width space is not.
void split_whitespace(std::string_view text, const TokenSink& sink);

/// Each code point, blanks too.
void split_characters(std::string_view text, const TokenSink& sink);

/// Words and punctuation (word_tokenizer.cpp):
/// 1. Blanks (as in split_whitespace) separate tokens and are none.
/// 2. Letters, digits and other numbers in a row are one word.  Marks (accents, variation selectors) and invisible
///    format characters (joiners, soft hyphen) belong to what they follow; without anything before them they begin a
///    word.
/// 3. A full stop or a comma between two digits belongs to the number: 3.5, 1,000.
/// 4. An apostrophe (' or U+2019, which is written ') between a letter or digit and a letter belongs to the word.
///    English contractions are then split off as in the Penn treebank: do n't, it 's, I 'm, he 'd, we 'll, they 're,
///    should n't 've.  What is split already ("n't", "'s" between blanks) stays as it is.
/// 5. Anything else is a token of its own; the same character in a row is one token: ..., !!, --.
void split_words(std::string_view text, const TokenSink& sink);

/// What a code point is to split_words().
enum class CharacterClass : int64_t {
  kOther = 0,   ///< punctuation, symbols, control characters
  kLetter = 1,  ///< general category L
  kNumber = 2,  ///< N
  kMark = 3,    ///< M, Cf
  kBlank = 4,   ///< White_Space
};
CharacterClass character_class(int32_t code_point);

}  // namespace recur
