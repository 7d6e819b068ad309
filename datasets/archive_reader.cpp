#include "datasets/archive_reader.h"

#include <array>
#include <utility>

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>

#include "core/error.h"

namespace recur {

ArchiveReader::ArchiveReader(const std::filesystem::path& path, Content content)
    : source_(path.string()), reader_(archive_read_new(), archive_read_free) {
  std::error_code error;
  size_ = static_cast<int64_t>(std::filesystem::file_size(path, error));
  if (error) throw DataError({source_}, fmt::format("cannot be read: {}", error.message()));
  auto* reader = reader_.get();
  // Only what packs data sets: some of libarchive's other formats take plain text for theirs.
  for (const auto support :
       {archive_read_support_filter_gzip, archive_read_support_filter_bzip2, archive_read_support_filter_xz,
        archive_read_support_filter_zstd, archive_read_support_format_empty}) {
    check(support(reader));
  }
  if (content != Content::kFile) {
    check(archive_read_support_format_tar(reader));
    check(archive_read_support_format_zip(reader));
  }
  if (content != Content::kArchive) check(archive_read_support_format_raw(reader));
  check(archive_read_open_filename(reader, source_.c_str(), 1 << 16));
}

ArchiveReader::~ArchiveReader() = default;

void ArchiveReader::fail() const {
  const char* reason = archive_error_string(reader_.get());
  throw DataError({source_},
                  fmt::format("cannot be unpacked: {}; is it complete?", reason ? reason : "unknown reason"));
}

int ArchiveReader::check(int status) const {
  if (status < ARCHIVE_WARN) fail();
  return status;
}

std::optional<ArchiveEntry> ArchiveReader::next_entry() {
  using Kind = ArchiveEntry::Kind;
  archive_entry* entry = nullptr;
  if (check(archive_read_next_header(reader_.get(), &entry)) == ARCHIVE_EOF) return std::nullopt;
  if (archive_format(reader_.get()) == ARCHIVE_FORMAT_RAW) return ArchiveEntry{};
  const char* path = archive_entry_pathname(entry);
  const auto type = archive_entry_filetype(entry);
  // A hard link that brings bytes (pax allows it) is a plain file for libarchive.
  const bool file = path && type == AE_IFREG && !archive_entry_hardlink(entry);
  return ArchiveEntry{.path = path ? path : "",
                      .kind = file ? Kind::kFile : (type == AE_IFDIR ? Kind::kFolder : Kind::kOther)};
}

std::optional<std::string> ArchiveReader::next() {
  while (auto entry = next_entry()) {
    if (entry->kind == ArchiveEntry::Kind::kFile) return std::move(entry->path);
  }
  return std::nullopt;
}

size_t ArchiveReader::read(std::span<char> to) {
  const auto length = archive_read_data(reader_.get(), to.data(), to.size());
  if (length < 0) fail();  // warnings too: a wrong checksum or length in a zip is one
  return static_cast<size_t>(length);
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
