#include "datasets/memory/strings.h"

namespace recur {

SymbolString draw_copy(int64_t T, int64_t symbols, int64_t copied, Draw& draw) {
  const int64_t blank = symbols, delimiter = symbols + 1;
  std::vector<int64_t> kept;
  for (int64_t k = 0; k < copied; ++k) kept.push_back(draw.below(symbols));
  SymbolString made;
  for (const int64_t symbol : kept) made.add(symbol, blank, 0);
  for (int64_t t = 0; t < T - 1; ++t) made.add(blank, blank, 0);
  made.add(delimiter, blank, 0);
  for (const int64_t symbol : kept) made.add(blank, symbol, 1u << symbol);
  return made;
}

Alphabet copy_alphabet(int64_t symbols) {
  std::string letters;
  for (int64_t k = 0; k < symbols; ++k) letters += static_cast<char>('a' + k);
  return {.read = letters + "_>", .said = letters + "_"};
}

SymbolString draw_parity(int64_t longest, Draw& draw) {
  const int64_t length = 1 + draw.below(longest);
  SymbolString made;
  int64_t odd = 0;
  for (int64_t t = 0; t < length; ++t) {
    const int64_t bit = draw.below(2);
    odd ^= bit;
    const bool last = t == length - 1;
    made.add(bit, last ? odd : -1, last ? 1u << odd : 0);
  }
  return made;
}

Alphabet parity_alphabet() {
  return {.read = "01", .said = "01"};
}

SymbolString make_anbn(int64_t n) {
  // read: S a b; said: a b T
  SymbolString made;
  made.add(0, 0, 0);
  for (int64_t k = 1; k <= n; ++k) made.add(1, k < n ? 0 : 1, 0);
  for (int64_t k = 1; k <= n; ++k) made.add(2, k < n ? 1 : 2, k < n ? 1u << 1 : 1u << 2);
  return made;
}

Alphabet anbn_alphabet() {
  return {.read = "Sab", .said = "abT"};
}

}  // namespace recur
