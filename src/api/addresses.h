// Where clients reach the caches, told by every cache's JSON. Handed in as values, because they are
// known only once the listeners are bound.
#pragma once

#include <string>
#include <vector>

namespace cachery::api {

struct ServiceAddresses {
  std::vector<std::string> servers = {};      // "cache.example.org:11211"
  std::vector<std::string> tls_servers = {};  // empty: no TLS
};

}  // namespace cachery::api
