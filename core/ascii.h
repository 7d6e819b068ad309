// Characters of ASCII whatever the locale: what numbers, dates, names and file endings are made of.  Texts of a
// language go through datasets/text/normalization.h instead.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace recur {

constexpr bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr bool is_ascii_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
/// Bytes outside A ... Z, also those of UTF-8's longer characters, stay as they are.
constexpr char ascii_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
inline std::string ascii_lower(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) { return ascii_lower(c); });
  return lower;
}

}  // namespace recur
