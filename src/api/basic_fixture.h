// For tests: HTTP Basic as a client sends it (RFC 7617).
// An encoder of its own: the API has a decoder only, and is not tested by its inverse.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "control/credentials.h"

namespace cachery::api {

inline std::string base64(std::string_view text) {
  constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (size_t i = 0; i < text.size(); i += 3) {
    uint32_t bits = 0;
    for (size_t j = 0; j < 3; ++j) {
      bits = bits << 8 | (i + j < text.size() ? static_cast<uint8_t>(text[i + j]) : 0u);
    }
    for (size_t j = 0; j < 4; ++j) {
      out += i + j > text.size() ? '=' : kAlphabet[bits >> (18 - 6 * j) & 63];
    }
  }
  return out;
}

// The value of the Authorization header.
inline std::string basic_header(std::string_view username, std::string_view password) {
  return "Basic " + base64(std::string(username) + ":" + std::string(password));
}

inline std::string basic_header(const control::OpenCredential& credential) {
  return basic_header(credential.record.username, credential.password);
}

}  // namespace cachery::api
