#include "datasets/archive_reader.h"

#include <array>

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include "core/error.h"

namespace recur {

ArchiveReader::ArchiveReader(const std::filesystem::path& path)
    : source_(path.string()), reader_(archive_read_new(), archive_read_free) {
  std::error_code error;
  size_ = static_cast<int64_t>(std::filesystem::file_size(path, error));
  if (error) throw DataError({source_}, fmt::format("cannot be read: {}", error.message()));
  auto* reader = reader_.get();
  // Only what packs data sets: some of libarchive's other formats take plain text for theirs.
  for (const auto support :
       {archive_read_support_filter_gzip, archive_read_support_filter_bzip2, archive_read_support_filter_xz,
        archive_read_support_filter_zstd, archive_read_support_format_tar, archive_read_support_format_zip,
        archive_read_support_format_raw, archive_read_support_format_empty}) {
    check(support(reader));
  }
  check(archive_read_open_filename(reader, source_.c_str(), 1 << 16));
}

ArchiveReader::~ArchiveReader() = default;

int64_t ArchiveReader::check(int64_t status) const {
  if (status >= ARCHIVE_WARN) return status;
  const char* reason = archive_error_string(reader_.get());
  throw DataError({source_},
                  fmt::format("cannot be unpacked: {}; is it complete?", reason ? reason : "unknown reason"));
}

std::optional<std::string> ArchiveReader::next() {
  archive_entry* entry = nullptr;
  while (check(archive_read_next_header(reader_.get(), &entry)) != ARCHIVE_EOF) {
    if (archive_format(reader_.get()) == ARCHIVE_FORMAT_RAW) return "";
    const char* name = archive_entry_pathname(entry);
    if (name && archive_entry_filetype(entry) == AE_IFREG) return name;
  }
  return std::nullopt;
}

size_t ArchiveReader::read(std::span<char> to) {
  const auto length = static_cast<int64_t>(archive_read_data(reader_.get(), to.data(), to.size()));
  return static_cast<size_t>(length < 0 ? check(length) : length);
}

std::string ArchiveReader::read_all() {
  std::string bytes;
  std::array<char, 1 << 14> buffer;
  while (const auto length = read(buffer)) bytes.append(buffer.data(), length);
  return bytes;
}

int64_t ArchiveReader::position() const {
  return archive_filter_bytes(reader_.get(), -1);
}

}  // namespace recur
