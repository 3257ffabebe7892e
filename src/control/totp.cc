#include "control/totp.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>

#include <array>

#include "base/check.h"

namespace cachery::control {
namespace {

std::string percent_encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool is_plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    out += is_plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

}  // namespace

std::string base32(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string out;
  uint32_t held = 0;
  int held_bits = 0;
  for (const char c : bytes) {
    held = held << 8 | static_cast<unsigned char>(c);
    held_bits += 8;
    for (; held_bits >= 5; held_bits -= 5) out += kDigits[held >> (held_bits - 5) & 31];
  }
  if (held_bits > 0) out += kDigits[held << (5 - held_bits) & 31];
  return out;
}

std::string totp_uri(std::string_view issuer, std::string_view account, std::string_view key) {
  return fmt::format(
      "otpauth://totp/{0}:{1}?secret={2}&issuer={0}&algorithm=SHA1&digits=6&period={3}",
      percent_encoded(issuer), percent_encoded(account), base32(key), kTotpStepSeconds);
}

std::string totp_code(std::string_view key, int64_t step) {
  std::array<unsigned char, 8> counter{};
  for (size_t i = 0; i < counter.size(); ++i) {
    counter[7 - i] = static_cast<unsigned char>(static_cast<uint64_t>(step) >> (8 * i));
  }
  std::array<unsigned char, 20> mac{};
  unsigned mac_bytes = 0;
  CHECK(HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), counter.data(), counter.size(),
             mac.data(), &mac_bytes) != nullptr);
  const size_t at = mac[19] & 15;
  const uint32_t number = (uint32_t{mac[at]} & 0x7f) << 24 | uint32_t{mac[at + 1]} << 16 |
                          uint32_t{mac[at + 2]} << 8 | uint32_t{mac[at + 3]};
  return fmt::format("{:06}", number % 1'000'000);
}

std::optional<int64_t> find_totp_step(std::string_view key, std::string_view code,
                                      int64_t unix_seconds, int64_t last_step) {
  const int64_t present = unix_seconds / kTotpStepSeconds;
  for (int64_t step = present - kTotpStepsOff; step <= present + kTotpStepsOff; ++step) {
    const std::string right = totp_code(key, step);
    const bool is_right =
        code.size() == right.size() && sodium_memcmp(code.data(), right.data(), right.size()) == 0;
    if (is_right && step > last_step) return step;
  }
  return std::nullopt;
}

}  // namespace cachery::control
