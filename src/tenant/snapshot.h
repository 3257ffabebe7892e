// All that a cache node must know of its tenants at one revision, as plain data: what the control
// plane publishes and the feed carries. A node makes a TenantTable (table.h) of it. No plain
// password, no account, no price.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tenant/capability.h"
#include "tenant/digest.h"

namespace cachery::tenant {

using CacheId = uint32_t;       // what people see: "100001"
using CredentialId = uint64_t;  // never reused

// How a client that cannot authenticate may still use a credential. Off where empty.
struct Admission {
  uint16_t own_port = 0;                       // a port of this credential alone; 0: none
  std::vector<std::string> own_port_networks;  // who may connect to it: "10.0.0.0/8", "::1/128"
  std::string tls_client_name;  // a client certificate (from the installation's CA) with
                                // this common name
  std::string tls_server_name;  // TLS with this server name (SNI), as secret as a password

  bool operator==(const Admission&) const = default;
};

struct Credential {
  CredentialId id = 0;
  std::string username;
  PasswordDigest password_digest{};
  Capabilities capabilities;
  std::string key_prefix;  // keys are read and written under it; flush and stats are then refused
  Admission admission;
  bool is_primary = false;
};

struct Limits {
  uint64_t memory_bytes = 0;         // limit_maxbytes: 1.1 x the plan's MiB
  uint32_t connections_max = 0;      // 0: no limit
  uint64_t requests_per_second = 0;  // 0: no limit
  uint64_t bytes_per_second = 0;     // read and written together; 0: no limit
};

struct Cache {
  CacheId id = 0;
  std::string name;
  bool is_enabled = true;
  Limits limits;
  std::vector<Credential> credentials;
};

struct Snapshot {
  uint64_t revision = 0;  // only grows
  std::vector<Cache> caches;
};

// What is otherwise at a later revision.
struct Difference {
  uint64_t revision = 0;
  std::vector<Cache> changed = {};  // or new: as they are now, each once
  std::vector<CacheId> gone = {};
};

}  // namespace cachery::tenant
