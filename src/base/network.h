// Ranges of addresses as operators and tenants write them: who may connect to a credential's own
// port, which proxies are trusted. Both planes read them, one to check and one to obey. And what
// counts as one client where clients are bounded by their address.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace cachery {

// "10.0.0.0/8", "::1/128", "192.0.2.7": an address range.
class Network {
 public:
  [[nodiscard]] static Result<Network> parse(std::string_view text);
  bool contains(std::string_view address) const;

 private:
  unsigned char bytes_[16] = {};
  bool is_ipv6_ = false;
  int prefix_bits_ = 0;
};

// True if one of the networks (as text) contains the address; an unreadable one contains nothing.
bool is_in_networks(std::string_view address, const std::vector<std::string>& networks);

// What one client may have for itself: its IPv4 address, or the /64 of its IPv6 address, which
// costs its owner nothing. For counting, not for showing; what is no address stands for itself.
std::string network_of_client(std::string_view address);

}  // namespace cachery
