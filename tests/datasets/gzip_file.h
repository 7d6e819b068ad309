// A packed file for a test.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

namespace recur {

inline void write_gzip(const std::filesystem::path& path, const std::string& bytes) {
  const std::unique_ptr<archive, int (*)(archive*)> writer(archive_write_new(), archive_write_free);
  archive_write_add_filter_gzip(writer.get());
  archive_write_set_format_raw(writer.get());
  ASSERT_EQ(archive_write_open_filename(writer.get(), path.c_str()), ARCHIVE_OK);
  const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(), archive_entry_free);
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  ASSERT_EQ(archive_write_header(writer.get(), entry.get()), ARCHIVE_OK);
  archive_write_data(writer.get(), bytes.data(), bytes.size());
}

}  // namespace recur
