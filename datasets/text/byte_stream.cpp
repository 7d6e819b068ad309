#include "datasets/text/byte_stream.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.h"
#include "core/names.h"

namespace recur {
namespace {

// The one file that is meant.
std::string choose(const std::filesystem::path& path, const std::string& inner) {
  ArchiveReader reader(path);
  std::vector<std::string> names;
  while (const auto name = reader.next()) {
    names.push_back(*name);
    if (name->empty()) break;  // no archive
  }
  if (names.empty()) throw DataError({path.string()}, "is empty");
  if (inner.empty() && names.size() == 1) return names.front();
  if (std::find(names.begin(), names.end(), inner) != names.end()) return inner;
  throw DataError({path.string()},
                  inner.empty() ? fmt::format("holds {} files; name one of them, e.g. {}:{}; they are {}", names.size(),
                                              path.filename().string(), names.front(), fmt::join(names, ", "))
                                : fmt::format("has no file \"{}\"; it holds {}{}", inner, fmt::join(names, ", "),
                                              did_you_mean(inner, names)));
}

}  // namespace

ByteStream::ByteStream(const std::filesystem::path& path, const std::string& inner)
    : source_(inner.empty() ? path.string() : path.string() + ":" + inner), reader_(path) {
  const auto chosen = choose(path, inner);
  while (reader_.next() != chosen) {
  }
}

bool ByteStream::fill() {
  constexpr size_t kPiece = 1 << 18;
  buffer_.erase(0, begin_);
  begin_ = 0;
  const auto old = buffer_.size();
  buffer_.resize(old + kPiece);
  const auto length = reader_.read(std::span(buffer_).subspan(old));
  buffer_.resize(old + length);
  return length > 0;
}

std::string_view ByteStream::peek(size_t count) {
  while (buffer_.size() - begin_ < count && fill()) {
  }
  return std::string_view(buffer_).substr(begin_, count);
}

std::string_view ByteStream::peek_line() {
  size_t seen = 0;  // of the bytes from begin_ on
  for (;;) {
    const auto end = buffer_.find('\n', begin_ + seen);
    if (end != std::string::npos) return std::string_view(buffer_).substr(begin_, end + 1 - begin_);
    seen = buffer_.size() - begin_;
    if (!fill()) return std::string_view(buffer_).substr(begin_);
  }
}

std::string_view ByteStream::line() {
  const auto found = peek_line();
  begin_ += found.size();
  return found;
}

}  // namespace recur
