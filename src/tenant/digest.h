// The digest of a credential's password, which is all of it that a node ever holds. Passwords are
// 128 random bits, so one SHA-256 is enough: a slow hash would only make connection storms worse.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace cachery::tenant {

using PasswordDigest = std::array<uint8_t, 32>;

PasswordDigest digest_password(std::string_view password);
// Takes the same time wherever the digests differ.
bool equal_in_constant_time(const PasswordDigest& a, const PasswordDigest& b);

}  // namespace cachery::tenant
