#include "core/config_text.h"

#include <algorithm>

#include <fmt/format.h>

namespace recur {
namespace {

bool is_continuation(unsigned char byte) {
  return (byte & 0xC0) == 0x80;
}

/// The bytes of the character that begins with `first`, or 0 if none does (RFC 3629).
size_t utf8_length(unsigned char first) {
  if (first < 0x80) return 1;
  if (first < 0xC2 || first > 0xF4) return 0;
  return first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

/// The offset of the first byte that is not part of well-formed UTF-8, or npos.
size_t find_bad_utf8(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(i < text.size() ? text[i] : '\0'); };
  for (size_t i = 0; i < text.size();) {
    const unsigned char first = byte(i), second = byte(i + 1);
    const size_t length = utf8_length(first);
    if (length == 0) return i;
    for (size_t k = 1; k < length; ++k) {
      if (!is_continuation(byte(i + k))) return i;
    }
    const bool overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
    const bool surrogate_or_beyond = (first == 0xED && second > 0x9F) || (first == 0xF4 && second > 0x8F);
    if (overlong || surrogate_or_beyond) return i;
    i += length;
  }
  return text.npos;
}

/// The offset of the first tab that indents something, or npos.
size_t find_indenting_tab(std::string_view text) {
  for (size_t line = 0; line < text.size();) {
    const size_t content = std::min(text.find_first_not_of(" \t", line), text.size());
    const size_t tab = text.substr(line, content - line).find('\t');
    const bool blank = content == text.size() || text[content] == '\n' || text[content] == '\r' || text[content] == '#';
    if (tab != text.npos && !blank) return line + tab;
    const size_t newline = text.find('\n', content);
    line = newline == text.npos ? text.size() : newline + 1;
  }
  return text.npos;
}

}  // namespace

SourceText::SourceText(std::string_view text, std::string source, bool with_lines)
    : text_(text), source_(std::move(source)), with_lines_(with_lines), characters_(text.size() + 1) {
  for (size_t i = 0; i < text.size(); ++i) {
    characters_[i + 1] = characters_[i] + !is_continuation(static_cast<unsigned char>(text[i]));
  }
}

SourceLocation SourceText::at(int64_t position, int64_t line, int64_t column) const {
  if (!with_lines_ || position < 0) return {source_};
  const auto byte = std::min(static_cast<size_t>(position), text_.size());
  const size_t line_start = byte - std::min(static_cast<size_t>(column), byte);
  return {source_, line + 1, characters_[byte] - characters_[line_start] + 1};
}

SourceLocation SourceText::at_byte(size_t position) const {
  const std::string_view before = text_.substr(0, position);
  const size_t newline = before.rfind('\n');
  const size_t line_start = newline == before.npos ? 0 : newline + 1;
  return at(static_cast<int64_t>(position), std::count(before.begin(), before.end(), '\n'),
            static_cast<int64_t>(position - line_start));
}

SourceLocation SourceText::at_dash_before(size_t position, int64_t line) const {
  // The line is counted along, for counting it anew at each of 100,000 items would take half a minute.
  for (size_t end = std::min(position, text_.size()); end > 0; --line) {
    const size_t newline = text_.rfind('\n', end - 1);
    const size_t line_start = newline == text_.npos ? 0 : newline + 1;
    const size_t dash = text_.find_first_not_of(' ', line_start);
    if (dash < position && text_[dash] == '-') {
      return at(static_cast<int64_t>(dash), line, static_cast<int64_t>(dash - line_start));
    }
    end = newline == text_.npos ? 0 : newline;
  }
  return at_byte(position);
}

void SourceText::check() const {
  if (const size_t at = text_.find('\0'); at != text_.npos) {
    throw ConfigError(at_byte(at), "is not a text file (it has a NUL byte here); expected YAML in UTF-8");
  }
  if (const size_t at = find_bad_utf8(text_); at != text_.npos) {
    throw ConfigError(at_byte(at), fmt::format("is not UTF-8 text (byte 0x{:02X} here); save the file as UTF-8",
                                               static_cast<unsigned char>(text_[at])));
  }
  if (const size_t at = find_indenting_tab(text_); at != text_.npos) {
    throw ConfigError(at_byte(at), "a tab indents this line; YAML does not allow tabs, use blanks");
  }
}

bool SourceText::closes_quote(size_t position) const {
  if (position >= text_.size()) return true;
  const char quote = text_[position];
  if (quote != '\'' && quote != '"') return true;
  for (size_t i = position + 1; i < text_.size(); ++i) {
    const bool escapes = text_[i] == '\\' ? quote == '"' : quote == '\'' && text_.substr(i, 2) == "''";
    if (escapes) {
      ++i;
    } else if (text_[i] == quote) {
      return true;
    }
  }
  return false;
}

}  // namespace recur
