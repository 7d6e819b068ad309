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

/// What an archive holds at one path.
struct ArchiveEntry {
  enum class Kind { kFile, kFolder, kOther };  ///< kOther: links, devices, a name that cannot be read

  std::string path;  ///< as the archive says it, so perhaps absolute or with ".."; "" in a file that is no archive
  Kind kind = Kind::kFile;
};

/// The files in a .tar.gz, .zip and the like, in the archive's order, or the content of a file that is packed by gzip,
/// bzip2, xz or zstd or not packed at all.
class ArchiveReader {
 public:
  /// What the file is, once it is unpacked.  As kFile a packed tar is one file, not what is in it.
  enum class Content { kArchiveOrFile, kArchive, kFile };

  /// @throws DataError  if the file is absent, cannot be read or is no archive where kArchive wants one.
  explicit ArchiveReader(const std::filesystem::path& path, Content content = Content::kArchiveOrFile);
  ~ArchiveReader();
  ArchiveReader(const ArchiveReader&) = delete;
  ArchiveReader& operator=(const ArchiveReader&) = delete;

  /// Goes to the next plain file and returns its path inside the archive ("" in a file that is no archive); nullopt
  /// behind the last one.  @throws DataError if the archive is damaged.
  std::optional<std::string> next();
  /// As next(), but stops at everything.
  std::optional<ArchiveEntry> next_entry();
  /// The next bytes of the current file; 0 at its end.  @throws DataError if the archive is damaged.
  size_t read(std::span<char> to);
  /// The current file's bytes.  @throws DataError if the archive is damaged.
  std::string read_all();

  /// Bytes of the packed file that have been read, of size().
  int64_t position() const;
  int64_t size() const { return size_; }

 private:
  int check(int status) const;
  [[noreturn]] void fail() const;

  std::string source_;
  int64_t size_ = 0;
  std::unique_ptr<archive, int (*)(archive*)> reader_;
};

}  // namespace recur
