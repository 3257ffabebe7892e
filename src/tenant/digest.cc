#include "tenant/digest.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>

namespace cachery::tenant {

PasswordDigest digest_password(std::string_view password) {
  PasswordDigest digest{};
  SHA256(reinterpret_cast<const unsigned char*>(password.data()), password.size(), digest.data());
  return digest;
}

bool equal_in_constant_time(const PasswordDigest& a, const PasswordDigest& b) {
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace cachery::tenant
