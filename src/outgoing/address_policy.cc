#include "outgoing/address_policy.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <span>

namespace cachery::outgoing {
namespace {

struct Network4 {
  uint32_t address;
  int bits;
};

constexpr uint32_t ipv4(uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  return a << 24 | b << 16 | c << 8 | d;
}

constexpr std::array kSpecial4 = {
    Network4{ipv4(0, 0, 0, 0), 8},        // this network
    Network4{ipv4(10, 0, 0, 0), 8},       // private
    Network4{ipv4(100, 64, 0, 0), 10},    // shared by a provider's customers
    Network4{ipv4(127, 0, 0, 0), 8},      // loopback
    Network4{ipv4(169, 254, 0, 0), 16},   // link-local: a cloud's metadata
    Network4{ipv4(172, 16, 0, 0), 12},    // private
    Network4{ipv4(192, 0, 0, 0), 24},     // protocol assignments
    Network4{ipv4(192, 0, 2, 0), 24},     // documentation
    Network4{ipv4(192, 88, 99, 0), 24},   // 6to4 relays
    Network4{ipv4(192, 168, 0, 0), 16},   // private
    Network4{ipv4(198, 18, 0, 0), 15},    // benchmarks
    Network4{ipv4(198, 51, 100, 0), 24},  // documentation
    Network4{ipv4(203, 0, 113, 0), 24},   // documentation
    Network4{ipv4(224, 0, 0, 0), 3},      // multicast, reserved, broadcast
};

bool is_public4(uint32_t address) {
  return std::ranges::none_of(kSpecial4, [&](const Network4& network) {
    return (address ^ network.address) >> (32 - network.bits) == 0;
  });
}

using Bytes = std::array<uint8_t, 16>;

uint32_t embedded4(const Bytes& bytes, size_t at) {
  return ipv4(bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]);
}

bool begins_with(const Bytes& bytes, std::initializer_list<uint8_t> prefix) {
  return std::ranges::equal(prefix, std::span(bytes).first(prefix.size()));
}

bool is_public6(const Bytes& bytes) {
  if (begins_with(bytes, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff})) {
    return is_public4(embedded4(bytes, 12));  // ::ffff:a.b.c.d
  }
  if (begins_with(bytes, {0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0})) {
    return is_public4(embedded4(bytes, 12));  // 64:ff9b::a.b.c.d, by a translator
  }
  if (begins_with(bytes, {0x20, 0x02})) return is_public4(embedded4(bytes, 2));  // 6to4
  if (begins_with(bytes, {0x20, 0x01}) && bytes[2] < 2) return false;  // Teredo and other protocols
  if (begins_with(bytes, {0x20, 0x01, 0x0d, 0xb8})) return false;      // documentation
  if (begins_with(bytes, {0x3f, 0xff}) && bytes[2] < 0x10) return false;  // documentation
  return (bytes[0] & 0xe0) == 0x20;  // 2000::/3 is all that is given out
}

}  // namespace

bool is_public(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in four{};
    std::memcpy(&four, &address, sizeof four);
    return is_public4(ntohl(four.sin_addr.s_addr));
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 six{};
    std::memcpy(&six, &address, sizeof six);
    Bytes bytes{};
    std::memcpy(bytes.data(), &six.sin6_addr, bytes.size());
    return is_public6(bytes);
  }
  return false;
}

}  // namespace cachery::outgoing
