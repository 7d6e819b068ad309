#include "trainers/log/format.h"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

namespace recur {
namespace {

std::string separate_thousands(std::string digits) {
  const size_t first = !digits.empty() && digits.front() == '-' ? 1 : 0;
  for (size_t at = std::min(digits.find('.'), digits.size()); at > first + 3;) digits.insert(at -= 3, ",");
  return digits;
}

struct Character {
  char32_t code = 0;
  size_t bytes = 1;
  bool valid = true;
};

// One UTF-8 character; overlong forms and surrogates are let through: they only matter for the width.
Character next_character(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text.front());
  if (lead < 0x80) return {.code = lead};
  const size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || bytes > text.size()) return {.valid = false};
  char32_t code = lead & (0xFF >> (bytes + 1));
  for (size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0) != 0x80) return {.valid = false};
    code = (code << 6) | (next & 0x3F);
  }
  return {.code = code, .bytes = bytes};
}

bool is_control(const Character& c) {
  return c.code < 0x20 || (c.code >= 0x7F && c.code < 0xA0);
}

using CodePointRange = std::pair<char32_t, char32_t>;

template <size_t N>
bool is_in(const std::array<CodePointRange, N>& ranges, char32_t code) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](const CodePointRange& r) { return code >= r.first && code <= r.second; });
}

// The blocks of Unicode 15 that matter in names and sentences, not every single character.
constexpr std::array<CodePointRange, 14> kZeroWidth = {{{0x0300, 0x036F},
                                                        {0x0483, 0x0489},
                                                        {0x0591, 0x05BD},
                                                        {0x064B, 0x065F},
                                                        {0x0E31, 0x0E31},
                                                        {0x0E34, 0x0E3A},
                                                        {0x0E47, 0x0E4E},
                                                        {0x1AB0, 0x1AFF},
                                                        {0x1DC0, 0x1DFF},
                                                        {0x200B, 0x200F},
                                                        {0x202A, 0x202E},
                                                        {0x20D0, 0x20FF},
                                                        {0xFE00, 0xFE0F},
                                                        {0xFEFF, 0xFEFF}}};
constexpr std::array<CodePointRange, 12> kWide = {{{0x1100, 0x115F},
                                                   {0x2E80, 0x303E},
                                                   {0x3041, 0xA4CF},
                                                   {0xA960, 0xA97F},
                                                   {0xAC00, 0xD7A3},
                                                   {0xF900, 0xFAFF},
                                                   {0xFE30, 0xFE6F},
                                                   {0xFF00, 0xFF60},
                                                   {0xFFE0, 0xFFE6},
                                                   {0x1F300, 0x1F64F},
                                                   {0x1F680, 0x1FAFF},
                                                   {0x20000, 0x3FFFD}}};

int character_width(const Character& c) {
  if (!c.valid) return 1;
  if (is_control(c) || is_in(kZeroWidth, c.code)) return 0;
  return is_in(kWide, c.code) ? 2 : 1;
}

}  // namespace

std::string format_count(int64_t value) {
  return separate_thousands(fmt::format("{}", value));
}

std::string format_number(double value, int digits) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  if (value == 0) return "0";
  const std::string scientific = fmt::format("{:.{}e}", value, digits - 1);  // rounds first: 9.9996 has exponent 1
  const size_t e = scientific.find('e');
  const int exponent = std::stoi(scientific.substr(e + 1));
  if (exponent < -4 || exponent >= 9) return fmt::format("{}e{}", scientific.substr(0, e), exponent);
  return separate_thousands(fmt::format("{:.{}f}", value, std::max(0, digits - 1 - exponent)));
}

std::string format_duration(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0 || seconds > 1e12) return "-";
  if (seconds < 9.95) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<int64_t>(std::llround(seconds));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  const auto clock = fmt::format("{}:{:02}:{:02}", whole / 3600 % 24, whole / 60 % 60, whole % 60);
  return whole < 86400 ? clock : fmt::format("{} d {}", whole / 86400, clock);
}

std::string format_bytes(double bytes) {
  constexpr std::array<const char*, 5> kUnits = {"B", "kB", "MB", "GB", "TB"};
  size_t unit = 0;
  for (; bytes >= 999.5 && unit + 1 < kUnits.size(); ++unit) bytes /= 1000;
  const int decimals = unit == 0 || bytes >= 99.95 ? 0 : bytes >= 9.995 ? 1 : 2;
  return fmt::format("{:.{}f} {}", bytes, decimals, kUnits[unit]);
}

std::string printable(std::string_view text) {
  std::string clean;
  while (!text.empty()) {
    const Character c = next_character(text);
    clean += c.valid && !is_control(c) ? text.substr(0, c.bytes) : "?";
    text.remove_prefix(c.bytes);
  }
  return clean;
}

int display_width(std::string_view text) {
  int width = 0;
  while (!text.empty()) {
    const Character c = next_character(text);
    width += character_width(c);
    text.remove_prefix(c.bytes);
  }
  return width;
}

std::string fit_width(std::string_view text, int width, bool unicode) {
  if (display_width(text) <= width) return std::string(text);
  if (width <= 0) return "";
  std::string kept;
  for (int used = 0; !text.empty();) {
    const Character c = next_character(text);
    if ((used += character_width(c)) > width - 1) break;
    kept += text.substr(0, c.bytes);
    text.remove_prefix(c.bytes);
  }
  return kept + (unicode ? "…" : ".");
}

}  // namespace recur
