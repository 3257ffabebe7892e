// For tests: HTTP Basic as a client sends it (RFC 7617), with a cache's credential or with what a
// test makes up.
#pragma once

#include <string>
#include <string_view>

#include "base/base64.h"
#include "control/credentials.h"

namespace cachery::api {

inline std::string base64(std::string_view text) {
  std::string encoded((text.size() + 2) / 3 * 4, '\0');
  base64_encode(text, encoded.data());
  return encoded;
}

// The value of the Authorization header.
inline std::string basic_header(std::string_view username, std::string_view password) {
  return "Basic " + base64(std::string(username) + ":" + std::string(password));
}

inline std::string basic_header(const control::OpenCredential& credential) {
  return basic_header(credential.record.username, credential.password);
}

}  // namespace cachery::api
