#include "datasets/text/utf8.h"

#include <cstring>

#include <utf8proc.h>

namespace recur {
namespace {

const utf8proc_uint8_t* bytes_of(std::string_view text) {
  return reinterpret_cast<const utf8proc_uint8_t*>(text.data());
}

}  // namespace

size_t find_not_ascii(std::string_view text) {
  size_t at = 0;
  for (uint64_t block; at + sizeof(block) <= text.size(); at += sizeof(block)) {
    std::memcpy(&block, text.data() + at, sizeof(block));
    if (block & 0x8080808080808080u) break;
  }
  while (at < text.size() && static_cast<unsigned char>(text[at]) < 0x80) ++at;
  return at < text.size() ? at : std::string_view::npos;
}

size_t find_not_utf8(std::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    const size_t ascii = find_not_ascii(text.substr(at));
    if (ascii == std::string_view::npos) break;
    at += ascii;
    utf8proc_int32_t code_point = -1;
    const auto rest = text.substr(at);
    const auto length = utf8proc_iterate(bytes_of(rest), static_cast<utf8proc_ssize_t>(rest.size()), &code_point);
    if (length <= 0) return at;
    at += static_cast<size_t>(length);
  }
  return std::string_view::npos;
}

int32_t next_code_point(std::string_view text, size_t& at) {
  const auto byte = [&](size_t i) { return static_cast<int32_t>(static_cast<unsigned char>(text[at + i])); };
  const auto tail = [&](size_t i) { return byte(i) & 0x3F; };
  const int32_t first = byte(0);
  if (first < 0x80) return ++at, first;
  if (first < 0xE0) {
    const int32_t value = (first & 0x1F) << 6 | tail(1);
    return at += 2, value;
  }
  if (first < 0xF0) {
    const int32_t value = (first & 0x0F) << 12 | tail(1) << 6 | tail(2);
    return at += 3, value;
  }
  const int32_t value = (first & 0x07) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3);
  return at += 4, value;
}

void append_code_point(std::string& text, int32_t code_point) {
  utf8proc_uint8_t bytes[4];
  const auto length = utf8proc_encode_char(code_point, bytes);
  text.append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(length));
}

}  // namespace recur
