#include "trainers/metrics/tokenize_13a.h"

#include <cstdint>
#include <string>

#include "core/ascii.h"
#include "datasets/text/utf8.h"

namespace recur {
namespace {

bool is_stop(char c) {
  return c == '.' || c == ',';
}

bool is_symbol(char c) {
  return std::string_view(" !\"#$%&()*+/:;<=>?@[\\]^_`{|}~").find(c) != std::string_view::npos;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

std::string space_out_symbols(const std::string& text) {
  std::string made;
  for (const char c : text) is_symbol(c) ? made.append({' ', c, ' '}) : made.append({c});
  return made;
}

/// Python's re.sub("(first)(second)", before + r"\1 \2" + after): pairs do not overlap, the left one counts.  A byte is
/// as good as a character here: of the two, one is ASCII, and so is all that ends or begins a match of the other rules.
template <class First, class Second>
std::string split_pairs(const std::string& text, First first, Second second, std::string_view before,
                        std::string_view after) {
  std::string made;
  for (size_t at = 0; at < text.size(); ++at) {
    if (at + 1 < text.size() && first(text[at]) && second(text[at + 1])) {
      made.append(before).append({text[at], ' ', text[at + 1]}).append(after);
      ++at;
    } else {
      made += text[at];
    }
  }
  return made;
}

bool is_python_blank(int32_t c) {
  return (c >= 0x1C && c <= 0x1F) || character_class(c) == CharacterClass::kBlank;
}

}  // namespace

Tokens tokenize_13a(std::string_view text) {
  const auto no_digit = [](char c) { return !is_digit(c); };
  const auto is_hyphen = [](char c) { return c == '-'; };
  std::string line(text);
  replace_all(line, "<skipped>", "");
  replace_all(line, "-\n", "");
  replace_all(line, "\n", " ");
  replace_all(line, "&quot;", "\"");
  replace_all(line, "&amp;", "&");
  replace_all(line, "&lt;", "<");
  replace_all(line, "&gt;", ">");
  line = space_out_symbols(" " + line + " ");
  line = split_pairs(line, no_digit, is_stop, "", " ");
  line = split_pairs(line, is_stop, no_digit, " ", "");
  line = split_pairs(line, is_digit, is_hyphen, "", " ");
  Tokens tokens;
  split_as_python(line, [&](std::string_view token) { tokens.emplace_back(token); });
  return tokens;
}

void split_as_python(std::string_view text, const TokenSink& sink) {
  size_t begin = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t here = at;
    if (!is_python_blank(next_code_point(text, at))) continue;
    if (here > begin) sink(text.substr(begin, here - begin));
    begin = at;
  }
  if (begin < text.size()) sink(text.substr(begin));
}

}  // namespace recur
