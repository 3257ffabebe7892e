// Time-based one-time passwords (RFC 6238 over RFC 4226: HMAC-SHA-1, 6 digits, 30 seconds, what
// every authenticator takes), and the base32 and the address in which their key travels. Pure: the
// time is an argument.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cachery::control {

inline constexpr size_t kTotpKeyBytes = 20;  // RFC 4226: as long as SHA-1's output
inline constexpr int64_t kTotpStepSeconds = 30;
inline constexpr int64_t kTotpStepsOff = 1;  // clocks may differ by a step either way

// RFC 4648, without padding.
std::string base32(std::string_view bytes);
// "otpauth://totp/...", which authenticators read from a QR code.
std::string totp_uri(std::string_view issuer, std::string_view account, std::string_view key);
// 6 digits.
std::string totp_code(std::string_view key, int64_t step);
// The step whose code it is, if that is near `unix_seconds` and later than `last_step`.
std::optional<int64_t> find_totp_step(std::string_view key, std::string_view code,
                                      int64_t unix_seconds, int64_t last_step);

}  // namespace cachery::control
