#include "datasets/text/encoding.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <optional>

#include <fmt/format.h>
#include <iconv.h>

#include "core/ascii.h"
#include "core/error.h"
#include "datasets/text/utf8.h"

namespace recur {
namespace {

/// The text as far as it could be decoded; `stopped_at` is the first byte that could not.
struct Decoded {
  std::string text;
  size_t stopped_at = std::string_view::npos;

  bool complete() const { return stopped_at == std::string_view::npos; }
};

Decoded decode_utf8(std::string_view bytes) {
  const size_t stop = find_not_utf8(bytes);
  return {.text = std::string(bytes.substr(0, stop)), .stopped_at = stop};
}

class Converter {
 public:
  explicit Converter(const std::string& encoding) : handle_(iconv_open("UTF-8", encoding.c_str())) {}
  ~Converter() {
    if (known()) iconv_close(handle_);
  }
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;

  bool known() const { return handle_ != reinterpret_cast<iconv_t>(-1); }

  Decoded decode(std::string_view bytes) {
    Decoded decoded;
    std::string buffer(1 << 16, '\0');
    char* in = const_cast<char*>(bytes.data());  // iconv's signature; it does not write there
    size_t left = bytes.size();
    while (left > 0) {
      char* out = buffer.data();
      size_t room = buffer.size();
      const size_t result = iconv(handle_, &in, &left, &out, &room);
      decoded.text.append(buffer.data(), buffer.size() - room);
      if (result == static_cast<size_t>(-1) && errno != E2BIG) {
        decoded.stopped_at = bytes.size() - left;
        break;
      }
    }
    return decoded;
  }

 private:
  iconv_t handle_;
};

bool is_utf8(const std::string& name) {
  return name == "utf-8" || name == "utf8";
}

Decoded decode(std::string_view bytes, const std::string& name) {
  if (is_utf8(name)) return decode_utf8(bytes);
  Converter converter(name == "latin-1" ? "iso-8859-1" : name);
  // iconv reads "" as the locale's encoding, and "ascii//TRANSLIT" as leave to replace what does not fit.
  if (name.empty() || name.find('/') != std::string::npos || !converter.known()) {
    throw ConfigError(fmt::format(
        "data.encoding: got \"{}\", expected utf-8, windows-1252, latin-1 or another name that `iconv --list` "
        "knows",
        name));
  }
  return converter.decode(bytes);
}

std::string hint(std::string_view bytes, const std::string& name) {
  const bool marked = bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF");
  const std::array candidates{marked ? "utf-16" : "utf-8", "windows-1252", "latin-1"};
  for (const std::string candidate : candidates) {
    if (candidate != name && decode(bytes, candidate).complete()) {
      return fmt::format("if the file is {0}, say data.encoding={0}", candidate);
    }
  }
  return "say which encoding the file has (data.encoding=...), or save it as UTF-8";
}

SourceLocation location(const Decoded& decoded, const std::string& source) {
  const auto& text = decoded.text;
  const auto line_start = text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1;
  int64_t column = 1;
  for (size_t at = line_start; at < text.size(); next_code_point(text, at)) ++column;
  return {.source = source, .line = 1 + std::count(text.begin(), text.end(), '\n'), .column = column};
}

}  // namespace

std::string decode_text(std::string_view bytes, const std::string& encoding, const std::string& source) {
  const auto name = ascii_lower(encoding);
  auto decoded = decode(bytes, name);
  if (!decoded.complete()) {
    throw DataError(location(decoded, source),
                    fmt::format("byte 0x{:02X} is not {}: {}", static_cast<unsigned char>(bytes[decoded.stopped_at]),
                                encoding, hint(bytes, name)));
  }
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (decoded.text.starts_with(kByteOrderMark)) decoded.text.erase(0, kByteOrderMark.size());
  return std::move(decoded.text);
}

}  // namespace recur
