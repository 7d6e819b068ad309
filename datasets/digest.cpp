#include "datasets/digest.h"

#include <fstream>

#include "core/error.h"
#include "core/sha256.h"
#include "datasets/archive_reader.h"

namespace recur {
namespace {

void read_plain(const std::filesystem::path& path, const std::function<void(std::string_view)>& write) {
  std::ifstream file(path, std::ios::binary);
  std::string buffer(1 << 16, '\0');
  while (file.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || file.gcount() > 0) {
    write(std::string_view(buffer).substr(0, static_cast<size_t>(file.gcount())));
  }
  if (!file.eof()) throw DataError({path.string()}, "cannot be read");
}

}  // namespace

void read_unpacked(const std::filesystem::path& path, const std::function<void(std::string_view)>& write) {
  ArchiveReader reader(path, ArchiveReader::Content::kFile);
  if (!reader.next()) return;
  std::string buffer(1 << 16, '\0');
  while (const auto length = reader.read(buffer)) write(std::string_view(buffer).substr(0, length));
}

Digest digest_of_content(const std::filesystem::path& path) {
  Sha256 sha;
  Digest digest;
  const auto add = [&](std::string_view bytes) {
    sha.add(bytes);
    digest.size += static_cast<int64_t>(bytes.size());
  };
  const bool packed = path.extension() == ".gz" && path.stem().extension() != ".tar";
  packed ? read_unpacked(path, add) : read_plain(path, add);
  digest.sha256 = sha.finish();
  return digest;
}

}  // namespace recur
