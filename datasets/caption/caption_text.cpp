#include "datasets/caption/caption_text.h"

#include <cstdint>

#include <utf8proc.h>

#include "datasets/text/utf8.h"

namespace recur {
namespace {

// What Python's str.split() takes for a blank.
bool is_blank(int32_t code_point) {
  const auto category = utf8proc_category(code_point);
  return (code_point >= 0x09 && code_point <= 0x0D) || (code_point >= 0x1C && code_point <= 0x1F) ||
         code_point == 0x85 || (category >= UTF8PROC_CATEGORY_ZS && category <= UTF8PROC_CATEGORY_ZP);
}

bool is_punctuation(int32_t code_point) {
  const auto category = utf8proc_category(code_point);
  if (category >= UTF8PROC_CATEGORY_PC && category <= UTF8PROC_CATEGORY_PO) return true;
  // Python's string.punctuation has ASCII's symbols too: $ + < = > ^ ` | ~
  return code_point < 0x80 && category >= UTF8PROC_CATEGORY_SM && category <= UTF8PROC_CATEGORY_SO;
}

}  // namespace

std::string clean_caption(std::string_view caption, bool punctuation) {
  std::string clean;
  bool after_blank = false;
  for (size_t at = 0; at < caption.size();) {
    const auto code_point = next_code_point(caption, at);
    if (is_blank(code_point)) {
      after_blank = true;
    } else if (punctuation || !is_punctuation(code_point)) {
      if (after_blank && !clean.empty()) clean += ' ';
      after_blank = false;
      append_code_point(clean, code_point);
    }
  }
  return clean;
}

}  // namespace recur
