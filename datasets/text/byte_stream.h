// Bytes of a file that may be packed, a line or a piece at a time.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "datasets/archive_reader.h"

namespace recur {

/// Holds no more of the file than is asked for.  Views are valid until the next call.
class ByteStream {
 public:
  /// The content of `path`, unpacked if it is packed; of an archive the file `inner`, which may be "" if there is one
  /// only.
  /// @throws DataError  naming the files inside, if `inner` is needed or not among them.
  ByteStream(const std::filesystem::path& path, const std::string& inner);

  const std::string& source() const { return source_; }  ///< for messages
  int64_t position() const { return reader_.position(); }
  int64_t size() const { return reader_.size(); }

  /// The next `count` bytes, fewer at the end.
  std::string_view peek(size_t count);
  /// The next line with its line end, if it has one.
  std::string_view peek_line();
  /// Goes behind the next `count` bytes, which were seen by peek.
  void skip(size_t count) { begin_ += count; }
  /// The next line, and goes behind it.
  std::string_view line();
  bool at_end() { return peek(1).empty(); }

 private:
  bool fill();

  std::string source_;
  ArchiveReader reader_;
  std::string buffer_;
  size_t begin_ = 0;  // of what is not read yet
};

}  // namespace recur
