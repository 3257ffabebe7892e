// The rules for what a credential may be told about its keys and about clients that cannot
// authenticate. They are checked here, once, before anything is stored, so that a node never gets a
// snapshot that it cannot put in force.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "tenant/snapshot.h"

namespace cachery::control {

// Room is left for the client's own key within memcache's 250 bytes.
inline constexpr size_t kKeyPrefixBytesMax = 100;
inline constexpr size_t kOwnPortNetworksMax = 64;
// Each is a listening socket of every node, whose descriptors are for connections.
inline constexpr size_t kOwnPortsMax = 256;
inline constexpr uint16_t kOwnPortMin = 1024;  // below are the system's

enum class Exposure { loopback_only, network };

// What the services must know of the node's listeners.
struct NodeFacts {
  Exposure exposure = Exposure::network;
  std::vector<uint16_t> taken_ports = {};  // the service's own: no credential may have one
  // Names below it are given to credentials, made by the service; empty: none are.
  std::string tls_name_domain = {};
  // Where everybody reaches the service: no credential may have one, see own_names.h.
  std::vector<std::string> own_names = {};
  std::function<std::vector<std::string>()> certificate_names = {};  // of the one now served
};

[[nodiscard]] Status check_key_prefix(std::string_view prefix);
// An own port without an allow-list is only for a node that the network cannot reach.
[[nodiscard]] Status check_admission(const tenant::Admission& admission, const NodeFacts& facts);
// A host name that can be one credential's: of two labels or more, and no suffix below which
// registries give names to anybody (co.uk).
[[nodiscard]] Status check_server_name(std::string_view name);
// A new name below the domain: 80 random bits, so that nobody comes by it who was not told it.
std::string new_server_name(std::string_view domain);
// "10.0.0.0/8", "::1/128", or a single address.
[[nodiscard]] Status check_network(std::string_view network);

}  // namespace cachery::control
