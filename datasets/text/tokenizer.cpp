#include "datasets/text/tokenizer.h"

#include <array>

#include <utf8proc.h>

#include "datasets/text/utf8.h"

namespace recur {
namespace {

/// Unicode's White_Space has been the same since version 6.3.
bool is_blank(int32_t c) {
  return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000;
}

CharacterClass look_up(int32_t c) {
  if (is_blank(c)) return CharacterClass::kBlank;
  switch (utf8proc_category(c)) {
    case UTF8PROC_CATEGORY_LU:
    case UTF8PROC_CATEGORY_LL:
    case UTF8PROC_CATEGORY_LT:
    case UTF8PROC_CATEGORY_LM:
    case UTF8PROC_CATEGORY_LO:
      return CharacterClass::kLetter;
    case UTF8PROC_CATEGORY_ND:
    case UTF8PROC_CATEGORY_NL:
    case UTF8PROC_CATEGORY_NO:
      return CharacterClass::kNumber;
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
    case UTF8PROC_CATEGORY_CF:
      return CharacterClass::kMark;
    default:
      return CharacterClass::kOther;
  }
}

const std::array<CharacterClass, 128> kAscii = [] {
  std::array<CharacterClass, 128> classes{};
  for (int32_t c = 0; c < 128; ++c) classes[static_cast<size_t>(c)] = look_up(c);
  return classes;
}();

}  // namespace

CharacterClass character_class(int32_t code_point) {
  return code_point < 128 ? kAscii[static_cast<size_t>(code_point)] : look_up(code_point);
}

void split_whitespace(std::string_view text, const TokenSink& sink) {
  size_t begin = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t here = at;
    if (character_class(next_code_point(text, at)) != CharacterClass::kBlank) continue;
    if (here > begin) sink(text.substr(begin, here - begin));
    begin = at;
  }
  if (begin < text.size()) sink(text.substr(begin));
}

void split_characters(std::string_view text, const TokenSink& sink) {
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    next_code_point(text, at);
    sink(text.substr(begin, at - begin));
  }
}

}  // namespace recur
