// Seals the passwords that a dashboard must be able to show, so that a copy of the database alone
// gives none of them away. libsodium's secretbox (XSalsa20-Poly1305) with a random nonce in front;
// the master key lives outside the database and is handed in.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace cachery::control {

using MasterKey = std::array<uint8_t, 32>;

class Sealer {
 public:
  explicit Sealer(const MasterKey& key) : key_(key) {}
  ~Sealer();
  Sealer(const Sealer&) = delete;
  Sealer& operator=(const Sealer&) = delete;

  std::string seal(std::string_view plain) const;
  // internal: sealed with another master key, or damaged.
  [[nodiscard]] Result<std::string> open(std::string_view sealed) const;
  // For what is shown among others, of which one that is damaged must hide none: "" then, and a
  // line in the log that names it, as "password of credential" 7.
  std::string open_or_empty(std::string_view sealed, std::string_view what, uint64_t id) const;

 private:
  MasterKey key_;
};

}  // namespace cachery::control
