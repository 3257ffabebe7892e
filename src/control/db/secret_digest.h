// A digest as the bytes of a column, and back. Bytes of another length give a digest that no secret
// has.
#pragma once

#include <algorithm>
#include <string_view>

#include "tenant/digest.h"

namespace cachery::control::db {

inline tenant::PasswordDigest digest_from(std::string_view bytes) {
  tenant::PasswordDigest digest{};
  std::copy_n(bytes.begin(), std::min(bytes.size(), digest.size()), digest.begin());
  return digest;
}

inline std::string_view bytes_from(const tenant::PasswordDigest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace cachery::control::db
