// Tests of memory whose examples are strings of symbols.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "datasets/draw.h"

namespace recur {

/// One string: what is read, what is asked at each of its T steps, and what is right there.
struct SymbolString {
  std::vector<int64_t> read = {};    ///< [T] indices into Alphabet::read
  std::vector<int64_t> target = {};  ///< [T] indices into Alphabet::said; -1: nothing is asked
  std::vector<uint32_t> legal = {};  ///< [T] bit c: class c may be said; 0: this step is not measured
  int64_t far = -1;                  ///< the step whose answer stood far back; -1: all that are measured

  int64_t size() const { return static_cast<int64_t>(read.size()); }
  /// One step more.
  void add(int64_t symbol, int64_t answer, uint32_t may_be_said) {
    read.push_back(symbol);
    target.push_back(answer);
    legal.push_back(may_be_said);
  }
};

/// What the symbols and the classes are called, a character each.
struct Alphabet {
  std::string read, said;
};

/// The copying problem of Arjovsky et al., Unitary evolution recurrent neural networks, 2016 (from Hochreiter &
/// Schmidhuber 1997, experiment 4): `copied` symbols of `symbols` kinds, T - 1 blanks, a delimiter, `copied` blanks;
/// to be said: T + copied blanks, then the symbols.  Each symbol thus lies T + copied steps before its copy:
///
///   copied = 3, T = 4     read  b a b _ _ _ > _ _ _
///                         said  _ _ _ _ _ _ _ b a b        measured: the last three
///
/// Who remembers nothing has a cross-entropy of copied * ln(symbols) / (T + 2 * copied) nats a step.
SymbolString draw_copy(int64_t T, int64_t symbols, int64_t copied, Draw& draw);
Alphabet copy_alphabet(int64_t symbols);

/// The parity of 1 ... `longest` bits (each length as often), asked at the end: Hochreiter & Schmidhuber, Bridging long
/// time lags by weight guessing, 1996; Delétang et al., Neural networks and the Chomsky hierarchy, 2023.  Every bit
/// counts; who has missed one is right half of the time.
SymbolString draw_parity(int64_t longest, Draw& draw);
Alphabet parity_alphabet();

/// The language a^n b^n of Gers & Schmidhuber, LSTM recurrent networks learn simple context-free and context-sensitive
/// languages, 2001: after each symbol, the next.
///
///   n = 2     read  S a a b b
///             said  a a b b T
///
/// How many a there will be nobody can say; from the first b on everything is known, and this is measured: n - 1 times
/// b, then the end T.
SymbolString make_anbn(int64_t n);
Alphabet anbn_alphabet();

/// The embedded Reber grammar of Hochreiter & Schmidhuber, Long short-term memory, 1997 (experiment 1): after each
/// symbol, the next.  B, then T or P, then a string of Reber's grammar, then the same T or P again, then E:
///
///   B T BTXSE T E     B P BPVVE P E
///
/// Wherever the inner grammar leaves a choice of two, each comes with 1/2, and both are right.  The last but one symbol
/// is that which stood second, at least 6 steps and on average 9 before (SymbolString::far).
SymbolString draw_reber(Draw& draw);
Alphabet reber_alphabet();

}  // namespace recur
