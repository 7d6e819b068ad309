#include <array>
#include <string_view>

#include "datasets/memory/strings.h"

namespace recur {
namespace {

constexpr std::string_view kSymbols = "BTPVSXE";

constexpr int64_t id_of(char symbol) {
  return static_cast<int64_t>(kSymbols.find(symbol));
}

// Reber's grammar behind its B: from each node two ways lead on, or the string ends.
struct Way {
  char symbol;
  int to;
};
constexpr int kEnd = 5;
constexpr std::array<std::array<Way, 2>, kEnd> kNodes = {{
    {{{'T', 1}, {'P', 2}}},
    {{{'S', 1}, {'X', 3}}},
    {{{'T', 2}, {'V', 4}}},
    {{{'X', 2}, {'S', kEnd}}},
    {{{'P', 3}, {'V', kEnd}}},
}};

}  // namespace

SymbolString draw_reber(Draw& draw) {
  SymbolString made;
  int64_t last = id_of('B');
  // Each symbol but the first is asked of the one before it.
  const auto then = [&](char symbol, uint32_t legal) {
    made.add(last, id_of(symbol), legal);
    last = id_of(symbol);
  };
  const auto bit = [](char symbol) { return 1u << id_of(symbol); };

  const char outer = draw.below(2) == 0 ? 'T' : 'P';
  then(outer, bit('T') | bit('P'));
  then('B', bit('B'));
  for (int node = 0; node != kEnd;) {
    const auto& ways = kNodes[node];
    const auto& way = ways[draw.below(2)];
    then(way.symbol, bit(ways[0].symbol) | bit(ways[1].symbol));
    node = way.to;
  }
  then('E', bit('E'));
  made.far = made.size();
  then(outer, bit(outer));
  then('E', bit('E'));
  return made;
}

Alphabet reber_alphabet() {
  return {.read = std::string(kSymbols), .said = std::string(kSymbols)};
}

}  // namespace recur
