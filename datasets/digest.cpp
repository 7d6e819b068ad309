#include "datasets/digest.h"

#include <array>
#include <fstream>
#include <memory>

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <openssl/evp.h>

#include "core/error.h"

namespace recur {
namespace {

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
    if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) throw Error("OpenSSL: no SHA-256");
  }

  void add(std::string_view bytes) {
    size_ += static_cast<int64_t>(bytes.size());
    if (EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) != 1) throw Error("OpenSSL: SHA-256 failed");
  }

  Digest finish() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned length = 0;
    if (EVP_DigestFinal_ex(context_.get(), bytes.data(), &length) != 1) throw Error("OpenSSL: SHA-256 failed");
    Digest digest{.size = size_, .sha256 = ""};
    for (unsigned k = 0; k < length; ++k) digest.sha256 += fmt::format("{:02x}", bytes[k]);
    return digest;
  }

 private:
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
  int64_t size_ = 0;
};

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
  const std::unique_ptr<archive, decltype(&archive_read_free)> reader(archive_read_new(), archive_read_free);
  const auto check = [&](int status) {
    if (status >= ARCHIVE_WARN) return;  // ARCHIVE_EOF, _OK, _WARN; below are errors
    const char* reason = archive_error_string(reader.get());
    throw DataError({path.string()}, fmt::format("cannot be unpacked: {}", reason ? reason : "unknown reason"));
  };
  check(archive_read_support_filter_all(reader.get()));
  check(archive_read_support_format_raw(reader.get()));
  check(archive_read_support_format_empty(reader.get()));
  check(archive_read_open_filename(reader.get(), path.c_str(), 1 << 16));
  archive_entry* entry = nullptr;
  const int header = archive_read_next_header(reader.get(), &entry);
  check(header);
  if (header == ARCHIVE_EOF) return;
  std::string buffer(1 << 16, '\0');
  for (;;) {
    const auto length = archive_read_data(reader.get(), buffer.data(), buffer.size());
    if (length < 0) check(static_cast<int>(length));
    if (length <= 0) return;
    write(std::string_view(buffer).substr(0, static_cast<size_t>(length)));
  }
}

Digest digest_of_content(const std::filesystem::path& path) {
  Sha256 sha;
  const auto add = [&](std::string_view bytes) { sha.add(bytes); };
  const bool packed = path.extension() == ".gz" && path.stem().extension() != ".tar";
  packed ? read_unpacked(path, add) : read_plain(path, add);
  return sha.finish();
}

}  // namespace recur
