#include "datasets/text/lines.h"

#include "core/error.h"
#include "datasets/archive_reader.h"
#include "datasets/text/encoding.h"

namespace recur {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n\v\f";
  const auto begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

std::string read_packed_text(const std::filesystem::path& path, const std::string& encoding,
                             const ReadProgress& progress) {
  if (std::filesystem::is_directory(path)) throw DataError({path.string()}, "is a folder, expected a file");
  ArchiveReader reader(path, ArchiveReader::Content::kFile);
  std::string bytes, piece(1 << 18, '\0');
  while (reader.next()) {  // no file at all if there is not a byte in it
    while (const auto length = reader.read(piece)) {
      bytes.append(piece, 0, length);
      if (progress) progress(path.filename().string(), reader.position(), reader.size());
    }
  }
  return decode_text(bytes, encoding, path.string());
}

}  // namespace recur
