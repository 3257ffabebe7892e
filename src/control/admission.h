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
inline constexpr size_t kOwnPortsPerTeamMax = 16;
inline constexpr uint16_t kOwnPortMin = 1024;  // below are the system's

enum class Exposure { loopback_only, network };

// What the services must know of the node's listeners.
struct NodeFacts {
  Exposure exposure = Exposure::network;
  std::vector<uint16_t> taken_ports = {};  // the service's own: no credential may have one
  // Where everybody reaches the service: no credential may have one, see own_names.h.
  std::vector<std::string> own_names = {};
  std::function<std::vector<std::string>()> certificate_names = {};  // of the one now served
};

[[nodiscard]] Status check_key_prefix(std::string_view prefix);
// An own port without an allow-list is only for a node that the network cannot reach.
[[nodiscard]] Status check_admission(const tenant::Admission& admission, const NodeFacts& facts);
// "10.0.0.0/8", "::1/128", or a single address.
[[nodiscard]] Status check_network(std::string_view network);

}  // namespace cachery::control
