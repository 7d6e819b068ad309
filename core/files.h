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

}  // namespace recur
