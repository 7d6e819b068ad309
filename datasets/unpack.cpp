#include <fstream>
#include <string>

#include <fmt/format.h>

#include "core/error.h"
#include "datasets/archive_reader.h"
#include "datasets/fetch.h"

namespace recur {
namespace {

bool stays_inside(const std::filesystem::path& path) {
  if (path.empty() || path.is_absolute()) return false;
  for (const auto& part : path) {
    if (part == "..") return false;
  }
  return true;
}

void write_entry(ArchiveReader& reader, const std::filesystem::path& target) {
  std::filesystem::create_directories(target.parent_path());
  // A link that lies there already would lead the bytes elsewhere.
  if (std::filesystem::is_symlink(target)) std::filesystem::remove(target);
  std::ofstream file(target, std::ios::binary | std::ios::trunc);
  std::string buffer(1 << 16, '\0');
  while (const auto length = reader.read(buffer)) file.write(buffer.data(), static_cast<std::streamsize>(length));
  file.close();
  if (!file) throw Error(fmt::format("{}: cannot be written: is the disk full?", target.string()));
}

}  // namespace

void unpack_archive(const std::filesystem::path& source, const std::filesystem::path& folder) {
  using Kind = ArchiveEntry::Kind;
  ArchiveReader reader(source, ArchiveReader::Content::kArchive);
  while (const auto entry = reader.next_entry()) {
    const bool inside = stays_inside(entry->path);
    if (!inside || entry->kind == Kind::kOther) {
      throw DataError({source.string()},
                      fmt::format("refused: it holds \"{}\", which {}", entry->path,
                                  inside ? "is neither a plain file nor a folder" : "leads out of the folder"));
    }
    if (entry->kind == Kind::kFolder) {
      std::filesystem::create_directories(folder / entry->path);
    } else {
      write_entry(reader, folder / entry->path);
    }
  }
}

}  // namespace recur
