// Archives to be unpacked, bad ones too.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

namespace recur {

/// Long, and not the same anywhere.
inline std::string some_text() {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += std::to_string(i * 7919) + "\n";
  return text;
}

enum class Kind { kFile, kLink };
struct Member {
  std::string path, content;
  Kind kind = Kind::kFile;
};

/// A .tar.gz, or of one member a .gz.
inline void write_archive(const std::filesystem::path& path, const std::vector<Member>& members,
                          bool raw_gzip = false) {
  auto* writer = archive_write_new();
  archive_write_add_filter_gzip(writer);
  raw_gzip ? archive_write_set_format_raw(writer) : archive_write_set_format_pax_restricted(writer);
  ASSERT_EQ(archive_write_open_filename(writer, path.c_str()), ARCHIVE_OK);
  for (const auto& member : members) {
    auto* entry = archive_entry_new();
    archive_entry_set_pathname(entry, member.path.c_str());
    archive_entry_set_perm(entry, 0644);
    archive_entry_set_filetype(entry, member.kind == Kind::kLink ? AE_IFLNK : AE_IFREG);
    if (member.kind == Kind::kLink) archive_entry_set_symlink(entry, member.content.c_str());
    archive_entry_set_size(entry, member.kind == Kind::kLink ? 0 : static_cast<int64_t>(member.content.size()));
    archive_write_header(writer, entry);
    if (member.kind == Kind::kFile) archive_write_data(writer, member.content.data(), member.content.size());
    archive_entry_free(entry);
  }
  archive_write_free(writer);
}

}  // namespace recur
