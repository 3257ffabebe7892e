// Where clients reach the caches: known once the listeners are bound, told by every cache's JSON.
#pragma once

#include <string>
#include <vector>

namespace cachery::api {

struct ServiceAddresses {
  std::vector<std::string> servers = {};      // "cache.example.org:11211"
  std::vector<std::string> tls_servers = {};  // empty: no TLS
};

}  // namespace cachery::api
