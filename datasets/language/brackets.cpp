#include "datasets/language/brackets.h"

#include <cmath>
#include <random>
#include <string_view>

#include <fmt/format.h>

#include "core/error.h"
#include "core/scramble.h"

namespace recur {
namespace {

constexpr std::string_view kOpening = "([{", kClosing = ")]}";
constexpr size_t kDeepest = 8;

// What may come next.  The drawing and the measuring of a text both go by it.
class Stack {
 public:
  bool needs_blank() const { return open_.empty() && !at_begin_; }
  double opening_chance() const {
    if (needs_blank() || open_.size() == kDeepest) return 0;
    return open_.empty() ? 1 : 0.5;
  }
  /// The only character that may close; none at depth 0.
  char closing() const { return open_.empty() ? '\0' : kClosing[open_.back()]; }

  /// The probability of `next`; 0 if it cannot stand here.
  double chance(char next) const {
    if (next == ' ') return needs_blank() ? 1 : 0;
    if (kOpening.find(next) != std::string_view::npos) return opening_chance() / 3;
    return !open_.empty() && next == closing() ? 1 - opening_chance() : 0;
  }

  /// "an opening bracket or ']'"
  std::string expected() const {
    if (needs_blank()) return "a blank";
    if (open_.empty()) return "an opening bracket";
    return fmt::format("{}'{}'", opening_chance() > 0 ? "an opening bracket or " : "", closing());
  }

  /// Takes a character that may stand here.
  void take(char next) {
    const auto kind = kOpening.find(next);
    at_begin_ = next == ' ';
    if (kind != std::string_view::npos) {
      open_.push_back(static_cast<char>(kind));
    } else if (next != ' ') {
      open_.pop_back();
    }
  }

 private:
  std::string open_;      // the kinds, innermost last
  bool at_begin_ = true;  // of a word
};

}  // namespace

std::string simulate_brackets(int64_t characters, int64_t seed) {
  if (characters < 1)
    throw ConfigError(fmt::format("simulate_brackets: got {} characters, expected 1 or more", characters));
  // Bits straight from the engine: the standard fixes them, and not what its distributions make of them.
  std::mt19937_64 engine(scrambled(static_cast<uint64_t>(seed)));
  std::string text;
  Stack stack;
  while (static_cast<int64_t>(text.size()) < characters) {
    char next = ' ';
    if (!stack.needs_blank()) {
      const bool opens = static_cast<double>(engine() >> 11) * 0x1p-53 < stack.opening_chance();
      next = opens ? kOpening[engine() % 3] : stack.closing();
    }
    text += next;
    stack.take(next);
  }
  return text;
}

double bracket_nats(const std::string& text) {
  if (text.size() < 2) throw DataError({"brackets"}, fmt::format("{} characters, expected 2 or more", text.size()));
  Stack stack;
  double nats = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    const double chance = stack.chance(text[at]);
    if (chance == 0) {
      throw DataError({"brackets", 1, static_cast<int64_t>(at) + 1},
                      fmt::format("'{}' cannot stand here, expected {}", text[at], stack.expected()));
    }
    if (at > 0) nats -= std::log(chance);
    stack.take(text[at]);
  }
  return nats / static_cast<double>(text.size() - 1);
}

}  // namespace recur
