#include "datasets/digest.h"

#include <array>
#include <fstream>
#include <memory>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "core/error.h"
#include "datasets/archive_reader.h"

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
  ArchiveReader reader(path, ArchiveReader::Content::kFile);
  if (!reader.next()) return;
  std::string buffer(1 << 16, '\0');
  while (const auto length = reader.read(buffer)) write(std::string_view(buffer).substr(0, length));
}

Digest digest_of_content(const std::filesystem::path& path) {
  Sha256 sha;
  const auto add = [&](std::string_view bytes) { sha.add(bytes); };
  const bool packed = path.extension() == ".gz" && path.stem().extension() != ".tar";
  packed ? read_unpacked(path, add) : read_plain(path, add);
  return sha.finish();
}

}  // namespace recur
