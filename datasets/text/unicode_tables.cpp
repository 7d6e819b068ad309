#include "datasets/text/unicode_tables.h"

#include <array>
#include <optional>

#include <utf8proc.h>

#include "datasets/text/tokenizer.h"

namespace recur::unicode {
namespace {

constexpr int32_t kEnd = 0x110000;
constexpr int32_t kHangulFirst = 0xAC00, kHangulLast = 0xD7A3;

bool is_hangul_syllable(int32_t c) {
  return c >= kHangulFirst && c <= kHangulLast;
}
bool is_surrogate(int32_t c) {
  return c >= 0xD800 && c <= 0xDFFF;
}

std::vector<int64_t> decompose(int32_t c, bool compatible) {
  std::array<utf8proc_int32_t, 32> buffer{};  // the longest, of U+FDFA, has 18
  int boundary = 0;
  const auto flags = static_cast<utf8proc_option_t>(UTF8PROC_DECOMPOSE | (compatible ? UTF8PROC_COMPAT : 0));
  const auto length = utf8proc_decompose_char(c, buffer.data(), buffer.size(), flags, &boundary);
  return {buffer.begin(), buffer.begin() + length};
}

/// What normal form C makes of a decomposed text, if it is one code point.
std::optional<int64_t> compose(const std::vector<int64_t>& text) {
  std::vector<utf8proc_int32_t> buffer(text.begin(), text.end());
  const auto flags = static_cast<utf8proc_option_t>(UTF8PROC_COMPOSE | UTF8PROC_STABLE);
  const auto length = utf8proc_normalize_utf32(buffer.data(), static_cast<utf8proc_ssize_t>(buffer.size()), flags);
  return length == 1 ? std::optional<int64_t>(buffer[0]) : std::nullopt;
}

}  // namespace

std::map<int64_t, std::vector<int64_t>> decompositions(bool compatible) {
  std::map<int64_t, std::vector<int64_t>> table;
  for (int32_t c = 0x80; c < kEnd; ++c) {
    if (is_hangul_syllable(c) || is_surrogate(c)) continue;
    auto parts = decompose(c, compatible);
    if (parts != std::vector<int64_t>{c}) table.emplace(c, std::move(parts));
  }
  return table;
}

std::map<int64_t, int64_t> combining_classes() {
  std::map<int64_t, int64_t> table;
  for (int32_t c = 0x80; c < kEnd; ++c) {
    if (const auto kind = utf8proc_get_property(c)->combining_class; kind != 0) table.emplace(c, kind);
  }
  return table;
}

std::map<std::pair<int64_t, int64_t>, int64_t> compositions() {
  std::map<std::pair<int64_t, int64_t>, int64_t> table;
  for (const auto& [c, parts] : decompositions(false)) {
    if (parts.size() < 2 || compose(parts) != c) continue;  // a singleton, or excluded from composition
    const auto first = compose({parts.begin(), parts.end() - 1});
    if (first) table.emplace(std::pair{*first, parts.back()}, c);
  }
  return table;
}

std::map<int64_t, int64_t> lower_cases() {
  std::map<int64_t, int64_t> table;
  for (int32_t c = 0; c < kEnd; ++c) {
    if (const auto lower = utf8proc_tolower(c); lower != c) table.emplace(c, lower);
  }
  return table;
}

ClassRanges class_ranges() {
  ClassRanges ranges;
  for (int32_t c = 0; c < kEnd; ++c) {
    const auto kind = static_cast<int64_t>(character_class(c));
    if (!ranges.kinds.empty() && ranges.kinds.back() == kind) continue;
    ranges.starts.push_back(c);
    ranges.kinds.push_back(kind);
  }
  return ranges;
}

}  // namespace recur::unicode
