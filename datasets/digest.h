// What is in a file: its length and SHA-256.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace recur {

struct Digest {
  int64_t size = 0;    ///< bytes
  std::string sha256;  ///< 64 lower-case hexadecimal digits
};

/// Of a file's content: a ".gz" (but no ".tar.gz") is unpacked for it.
/// @throws DataError  if the file cannot be read or unpacked.
Digest digest_of_content(const std::filesystem::path& path);

/// Hands the content of `path` to `write` in pieces, unpacked if it is compressed (gzip, bzip2, xz, zstd).
/// @throws DataError  if the file cannot be read or unpacked.
void read_unpacked(const std::filesystem::path& path, const std::function<void(std::string_view)>& write);

}  // namespace recur
