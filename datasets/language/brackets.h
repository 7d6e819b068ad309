// The built-in language: well-nested brackets.  No download, the same on every machine, and with an entropy that is
// known exactly: what is to be learned is a stack.
#pragma once

#include <cstdint>
#include <string>

namespace recur {

/// `characters` characters of a stream of words over ()[]{} with one blank between them, "([]{}) [] {[(())]} ...", a
/// pure function of its arguments; the first n are the same whatever is asked for, so the last word may be cut off.
///
/// At depth d, the number of brackets that are open, the next character is
///
///   d = 0        an opening bracket, each of the three kinds with 1/3, if a blank or nothing stands before it;
///                else a blank
///   d = 1 ... 7  an opening bracket with 1/2, each kind with 1/6; else, with 1/2, the one that closes the innermost
///   d = 8        the bracket that closes the innermost
///
/// A word has 16 brackets on average, and at each depth from 1 to 8 one of them opens and one closes.  So in nats per
/// character, in the long run:
///
///   1.088  who keeps the stack: the floor, (ln 3 + 7 ln 12) / 17
///   1.314  who keeps the depth and forgets the kinds: 7/2 closings a word behind another one are guessed, ln 3 each
///   1.528  who knows the character before only
///   1.910  who knows nothing (order 0): a blank 1/17, each bracket 8/51
///
/// @throws ConfigError  for less than 1 character.
std::string simulate_brackets(int64_t characters, int64_t seed);

/// The mean of -ln p(next character) of the process itself over all characters but the first, as a language model is
/// measured that reads `text` from its beginning: no model can be below it on average, and on one text only by luck.
/// @throws DataError  for less than 2 characters; "brackets:1:7" (characters, from 1) for one that cannot stand there.
double bracket_nats(const std::string& text);

}  // namespace recur
