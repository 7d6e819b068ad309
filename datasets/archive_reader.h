// Packed files, read from front to end without being unpacked to the disk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>

struct archive;

namespace recur {

/// The files in a .tar.gz, .zip and the like, in the archive's order, or the content of a file that is packed by gzip,
/// bzip2, xz or zstd or not packed at all.
class ArchiveReader {
 public:
  /// @throws DataError  if the file is absent or cannot be read.
  explicit ArchiveReader(const std::filesystem::path& path);
  ~ArchiveReader();
  ArchiveReader(const ArchiveReader&) = delete;
  ArchiveReader& operator=(const ArchiveReader&) = delete;

  /// Goes to the next plain file and returns its path inside the archive ("" in a file that is no archive); nullopt
  /// behind the last one.  @throws DataError if the archive is damaged.
  std::optional<std::string> next();
  /// The next bytes of the current file; 0 at its end.  @throws DataError if the archive is damaged.
  size_t read(std::span<char> to);
  /// The current file's bytes.  @throws DataError if the archive is damaged.
  std::string read_all();

  /// Bytes of the packed file that have been read, of size().
  int64_t position() const;
  int64_t size() const { return size_; }

 private:
  int64_t check(int64_t status) const;

  std::string source_;
  int64_t size_ = 0;
  std::unique_ptr<archive, int (*)(archive*)> reader_;
};

}  // namespace recur
