#include "core/sha256.h"

#include <array>

#include <fmt/format.h>
#include <openssl/evp.h>

#include "core/error.h"

namespace recur {

Sha256::Sha256() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
  if (!context_ || EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) != 1) throw Error("OpenSSL: no SHA-256");
}

void Sha256::add(std::string_view bytes) {
  if (EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) != 1) throw Error("OpenSSL: SHA-256 failed");
}

std::string Sha256::finish() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned length = 0;
  if (EVP_DigestFinal_ex(context_.get(), bytes.data(), &length) != 1) throw Error("OpenSSL: SHA-256 failed");
  std::string text;
  for (unsigned k = 0; k < length; ++k) text += fmt::format("{:02x}", bytes[k]);
  return text;
}

}  // namespace recur
