#include "datasets/text/normalization.h"

#include <cstdlib>
#include <memory>

#include <fmt/format.h>
#include <utf8proc.h>

#include "core/ascii.h"
#include "core/error.h"
#include "datasets/text/utf8.h"

namespace recur {
namespace {

constexpr auto kNone = std::string_view::npos;

bool is_html_blank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

/// The length of the break that `text` begins with, or 0.
size_t break_length(std::string_view text) {
  const auto lower = [&](size_t i) { return i < text.size() ? text[i] | 0x20 : 0; };
  if (lower(1) != 'b' || lower(2) != 'r') return 0;
  size_t at = 3;
  const auto skip_blanks = [&] {
    while (at < text.size() && is_html_blank(text[at])) ++at;
  };
  skip_blanks();
  if (at < text.size() && text[at] == '/') {
    ++at;
    skip_blanks();
  }
  return at < text.size() && text[at] == '>' ? at + 1 : 0;
}

std::string to_normal_form(const std::string& text, bool compatible) {
  const auto flags =
      static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | (compatible ? UTF8PROC_COMPAT : 0));
  utf8proc_uint8_t* out = nullptr;
  const auto length = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                   static_cast<utf8proc_ssize_t>(text.size()), &out, flags);
  const std::unique_ptr<utf8proc_uint8_t, decltype(&std::free)> owner(out, &std::free);
  if (length < 0) throw Error(fmt::format("utf8proc: {}", utf8proc_errmsg(length)));
  return {reinterpret_cast<const char*>(out), static_cast<size_t>(length)};
}

std::string to_lower_case(const std::string& text) {
  std::string lower;
  lower.reserve(text.size());
  for (size_t at = 0; at < text.size();) append_code_point(lower, utf8proc_tolower(next_code_point(text, at)));
  return lower;
}

}  // namespace

std::string html_breaks_to_blanks(std::string_view text) {
  std::string made;
  made.reserve(text.size());
  for (size_t at = 0; at < text.size();) {
    const size_t open = std::min(text.find('<', at), text.size());
    made.append(text, at, open - at);
    if (open == text.size()) break;
    const size_t length = break_length(text.substr(open));
    made += length > 0 ? ' ' : '<';
    at = open + std::max<size_t>(length, 1);
  }
  return made;
}

std::string normalize_text(std::string_view text, const TextOptions& options) {
  if (const size_t at = find_not_utf8(text); at != kNone) {
    throw DataError(fmt::format("text: byte {} (0x{:02X}) is not UTF-8: decode the text first", at + 1,
                                static_cast<unsigned char>(text[at])));
  }
  std::string made = options.html_breaks ? html_breaks_to_blanks(text) : std::string(text);
  if (find_not_ascii(made) == kNone) {  // is in every normal form
    return options.lowercase ? ascii_lower(made) : made;
  }
  if (options.normalization != "none") made = to_normal_form(made, options.normalization == "nfkc");
  return options.lowercase ? to_lower_case(made) : made;
}

}  // namespace recur
