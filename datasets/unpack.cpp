#include <fstream>
#include <string>

#include <fmt/format.h>

#include "core/error.h"
#include "datasets/archive_reader.h"
#include "datasets/fetch.h"

namespace recur {
namespace {

namespace fs = std::filesystem;

constexpr size_t kBuffer = 1 << 16;
constexpr int64_t kSlack = 1 << 20;  // bytes that an archive of any size may hold

bool stays_inside(const fs::path& path) {
  if (path.empty() || path.is_absolute()) return false;
  for (const auto& part : path) {
    if (part == "..") return false;
  }
  return true;
}

/// A folder of `path` that is a link already would lead the bytes elsewhere.  `folder` itself may be one: the user's.
bool passes_a_link(const fs::path& folder, const fs::path& path) {
  fs::path below = folder;
  for (const auto& part : path.parent_path()) {
    below /= part;
    if (fs::is_symlink(below)) return true;
  }
  return false;
}

std::string why_not(const ArchiveEntry& entry, const fs::path& folder) {
  const bool is_folder = entry.kind == ArchiveEntry::Kind::kFolder;
  if (!stays_inside(entry.path)) return "leads out of the folder";
  if (passes_a_link(folder, is_folder ? fs::path(entry.path) / "" : fs::path(entry.path))) {
    return "leads over a link that lies there";
  }
  return entry.kind == ArchiveEntry::Kind::kOther ? "is neither a plain file nor a folder" : "";
}

/// Reads it all, and its checksums with it.  @return bytes that it holds
int64_t check_archive(const fs::path& source, const fs::path& folder) {
  ArchiveReader reader(source, ArchiveReader::Content::kArchive);
  std::string buffer(kBuffer, '\0');
  int64_t bytes = 0;
  while (const auto entry = reader.next_entry()) {
    if (const auto reason = why_not(*entry, folder); !reason.empty()) {
      throw DataError({source.string()}, fmt::format("refused: it holds \"{}\", which {}", entry->path, reason));
    }
    while (const auto length = reader.read(buffer)) {
      bytes += static_cast<int64_t>(length);
      if (bytes > kSlack && bytes / kMostUnpacked > reader.size()) {
        throw DataError({source.string()}, fmt::format("refused: it holds more than {} times its own size, as "
                                                       "archives do that are made to fill a disk",
                                                       kMostUnpacked));
      }
    }
  }
  return bytes;
}

void check_room(const fs::path& source, const fs::path& folder, int64_t bytes) {
  fs::create_directories(folder);
  const auto there = static_cast<int64_t>(fs::space(folder).available);
  if (bytes > there) {
    throw Error(fmt::format("{}: holds {} bytes, and the disk of {} has room for {}", source.string(), bytes,
                            folder.string(), there));
  }
}

/// Beside the target first, so that what was killed leaves no half of a file under its name.
void write_file(ArchiveReader& reader, const fs::path& target) {
  fs::create_directories(target.parent_path());
  const fs::path part = target.parent_path() / (".unpacking-" + target.filename().string());
  fs::remove(part);  // might be a link
  std::ofstream file(part, std::ios::binary | std::ios::trunc);
  std::string buffer(kBuffer, '\0');
  while (const auto length = reader.read(buffer)) file.write(buffer.data(), static_cast<std::streamsize>(length));
  file.close();
  if (!file) {
    std::error_code ignored;
    fs::remove(part, ignored);
    throw Error(fmt::format("{}: cannot be written: is the disk full?", target.string()));
  }
  fs::rename(part, target);
}

}  // namespace

void unpack_archive(const fs::path& source, const fs::path& folder) {
  check_room(source, folder, check_archive(source, folder));
  ArchiveReader reader(source, ArchiveReader::Content::kArchive);
  while (const auto entry = reader.next_entry()) {
    if (entry->kind == ArchiveEntry::Kind::kFolder) {
      fs::create_directories(folder / entry->path);
    } else {
      write_file(reader, folder / entry->path);
    }
  }
}

}  // namespace recur
