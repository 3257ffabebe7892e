#include "outgoing/webhook_signature.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>

#include "base/check.h"

namespace cachery::outgoing {

std::string sign(std::string_view secret, int64_t unix_seconds, std::string_view body) {
  const std::string text = fmt::format("{}.{}", unix_seconds, body);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int digest_bytes = 0;
  CHECK(HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
             reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(),
             &digest_bytes) != nullptr);
  std::string signature = fmt::format("t={},v1=", unix_seconds);
  for (size_t i = 0; i < digest_bytes; ++i) signature += fmt::format("{:02x}", digest[i]);
  return signature;
}

}  // namespace cachery::outgoing
