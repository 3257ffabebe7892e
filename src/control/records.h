// What is kept about caches and credentials, as rows: the shape that services work on and that a
// store keeps. A credential's password is here twice: sealed (to be shown to its owner) and as the
// digest that nodes compare with.
#pragma once

#include <cstdint>
#include <string>

#include "tenant/snapshot.h"

namespace cachery::control {

using tenant::CacheId;
using tenant::CredentialId;

inline constexpr CacheId kFirstCacheId = 100'001;

struct CacheRecord {
  CacheId id = 0;
  std::string name = {};          // unique without regard to case
  std::string plan = {};          // a plan's slug, or kCustomPlan
  uint64_t limit_bytes = 0;  // what the cache may be charged with
  bool is_enabled = true;
  int64_t created_unix_seconds = 0;
};

struct CredentialRecord {
  CredentialId id = 0;
  CacheId cache = 0;
  std::string username = {};         // 6 lower-case hex digits
  std::string sealed_password = {};  // bytes, see seal.h
  tenant::PasswordDigest password_digest{};
  tenant::Capabilities capabilities = {};
  std::string key_prefix = {};
  tenant::Admission admission = {};
  bool is_primary = false;
  int64_t created_unix_seconds = 0;
};

}  // namespace cachery::control
