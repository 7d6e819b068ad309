// Files of the user: read whole, or replaced whole.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace recur {

/// The file's bytes.  @throws DataError if it is absent, a directory, or cannot be read.
std::string read_file(const std::filesystem::path& path);

/// Replaces `path` by `bytes`: written to a temporary file beside it, flushed to the disk, then renamed, so that a
/// reader (or the next start after a killed process or a full disk) finds either the old content or the new, never a
/// part. Missing parent folders are made.  @throws Error naming the path and the system's reason.
void write_file_atomically(const std::filesystem::path& path, std::string_view bytes);

/// Waits until everything written so far is on the disk that holds `path`: once, instead of for each of many files.
void flush_disk(const std::filesystem::path& path);

/// A file written piece by piece that takes its place only when it is whole, as write_file_atomically() does it.
class AtomicFile {
 public:
  /// @throws Error as write_file_atomically() does, here and below.
  explicit AtomicFile(std::filesystem::path path);
  ~AtomicFile();  ///< what was not committed is removed
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::string_view bytes);
  /// Flushes to the disk and replaces `path`.
  void commit();

 private:
  std::filesystem::path path_;
  std::string temporary_;
  int fd_ = -1;
};

}  // namespace recur
