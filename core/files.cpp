#include "core/files.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.h"

namespace recur {
namespace {

[[noreturn]] void fail(const std::filesystem::path& path, const char* doing) {
  throw Error(fmt::format("{}: cannot {}: {}", path.string(), doing, std::strerror(errno)));
}

void flush_directory(const std::filesystem::path& directory) {
  const int fd = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY);
  if (fd < 0) return;  // some file systems do not allow it; the rename itself has succeeded
  ::fsync(fd);
  ::close(fd);
}

void write_and_flush(int fd, std::string_view bytes, const std::filesystem::path& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(path, "write");
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  if (::fsync(fd) != 0) fail(path, "flush to disk");
}

}  // namespace

std::string read_file(const std::filesystem::path& path) {
  if (std::filesystem::is_directory(path)) throw DataError(path.string() + ": is a directory, expected a file");
  std::ifstream in(path, std::ios::binary);
  if (!in) throw DataError(fmt::format("{}: cannot open: {}", path.string(), std::strerror(errno)));
  std::string bytes{std::istreambuf_iterator<char>(in), {}};
  if (in.bad()) throw DataError(fmt::format("{}: cannot read: {}", path.string(), std::strerror(errno)));
  return bytes;
}

void write_file_atomically(const std::filesystem::path& path, std::string_view bytes) {
  const auto directory = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  std::error_code ignored;  // open() below reports what matters
  std::filesystem::create_directories(directory, ignored);
  std::string temporary = path.string() + ".XXXXXX";
  const int fd = ::mkstemp(temporary.data());
  if (fd < 0) fail(path, "write beside it");
  try {
    ::fchmod(fd, 0644);
    write_and_flush(fd, bytes, path);
    if (::close(fd) != 0) fail(path, "close");
    if (::rename(temporary.c_str(), path.c_str()) != 0) fail(path, "replace it");
  } catch (...) {
    ::close(fd);
    ::unlink(temporary.c_str());
    throw;
  }
  flush_directory(directory);
}

}  // namespace recur
