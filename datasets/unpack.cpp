#include <fstream>
#include <memory>

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include "core/error.h"
#include "datasets/fetch.h"

namespace recur {
namespace {

using Reader = std::unique_ptr<archive, decltype(&archive_read_free)>;

bool stays_inside(const std::filesystem::path& path) {
  if (path.empty() || path.is_absolute()) return false;
  for (const auto& part : path) {
    if (part == "..") return false;
  }
  return true;
}

void check(archive* reader, int status, const std::filesystem::path& source) {
  if (status >= ARCHIVE_WARN) return;
  const char* reason = archive_error_string(reader);
  throw DataError({source.string()}, fmt::format("cannot be unpacked: {}", reason ? reason : "unknown reason"));
}

void write_entry(archive* reader, const std::filesystem::path& target, const std::filesystem::path& source) {
  std::filesystem::create_directories(target.parent_path());
  // A link that lies there already would lead the bytes elsewhere.
  if (std::filesystem::is_symlink(target)) std::filesystem::remove(target);
  std::ofstream file(target, std::ios::binary | std::ios::trunc);
  std::string buffer(1 << 16, '\0');
  for (;;) {
    const auto length = archive_read_data(reader, buffer.data(), buffer.size());
    if (length < 0) check(reader, static_cast<int>(length), source);
    if (length <= 0) break;
    file.write(buffer.data(), length);
  }
  file.close();
  if (!file) throw Error(fmt::format("{}: cannot be written: is the disk full?", target.string()));
}

}  // namespace

void unpack_archive(const std::filesystem::path& source, const std::filesystem::path& folder) {
  const Reader reader(archive_read_new(), archive_read_free);
  check(reader.get(), archive_read_support_filter_all(reader.get()), source);
  check(reader.get(), archive_read_support_format_all(reader.get()), source);
  check(reader.get(), archive_read_open_filename(reader.get(), source.c_str(), 1 << 16), source);
  for (;;) {
    archive_entry* entry = nullptr;
    const int status = archive_read_next_header(reader.get(), &entry);
    check(reader.get(), status, source);
    if (status == ARCHIVE_EOF) return;
    const char* name = archive_entry_pathname(entry);
    const std::filesystem::path path = name ? name : "";
    const bool plain = archive_entry_filetype(entry) == AE_IFREG && !archive_entry_hardlink(entry);
    const bool is_folder = archive_entry_filetype(entry) == AE_IFDIR;
    if (!stays_inside(path) || !(plain || is_folder)) {
      throw DataError({source.string()}, fmt::format("refused: it holds \"{}\", which {}", path.string(),
                                                     stays_inside(path) ? "is neither a plain file nor a folder"
                                                                        : "leads out of the folder"));
    }
    if (is_folder) {
      std::filesystem::create_directories(folder / path);
    } else {
      write_entry(reader.get(), folder / path, source);
    }
  }
}

}  // namespace recur
