#include "base/network.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <charconv>
#include <cstring>

namespace cachery {

Result<Network> Network::parse(std::string_view text) {
  const auto is_wrong = [&] {
    return fail(
        Fault::invalid,
        fmt::format("\"{}\" is not a network: write for example 10.0.0.0/8 or ::1/128", text));
  };
  if (text.contains('\0')) return is_wrong();  // where inet_pton would stop reading
  const size_t slash = text.find('/');
  const std::string address(text.substr(0, slash));
  Network network;
  if (inet_pton(AF_INET, address.c_str(), network.bytes_) == 1) {
    network.prefix_bits_ = 32;
  } else if (inet_pton(AF_INET6, address.c_str(), network.bytes_) == 1) {
    network.is_ipv6_ = true;
    network.prefix_bits_ = 128;
  } else {
    return is_wrong();
  }
  if (slash == std::string_view::npos) return network;
  int bits = -1;
  const std::string_view digits = text.substr(slash + 1);
  const auto [end, status] = std::from_chars(digits.begin(), digits.end(), bits);
  if (status != std::errc() || end != digits.end() || bits < 0 || bits > network.prefix_bits_) {
    return is_wrong();
  }
  network.prefix_bits_ = bits;
  return network;
}

bool Network::contains(std::string_view address) const {
  unsigned char bytes[16] = {};
  const std::string text(address);
  if (inet_pton(is_ipv6_ ? AF_INET6 : AF_INET, text.c_str(), bytes) != 1) return false;
  const auto whole = static_cast<size_t>(prefix_bits_ / 8);
  if (std::memcmp(bytes, bytes_, whole) != 0) return false;
  const int rest = prefix_bits_ % 8;
  return rest == 0 || (bytes[whole] ^ bytes_[whole]) >> (8 - rest) == 0;
}

std::string network_of_client(std::string_view address) {
  in6_addr parsed{};
  if (inet_pton(AF_INET6, std::string(address).c_str(), &parsed) != 1) return std::string(address);
  const char* bytes = reinterpret_cast<const char*>(parsed.s6_addr);
  if (!IN6_IS_ADDR_V4MAPPED(&parsed)) return {bytes, 8};
  char text[INET_ADDRSTRLEN] = {};
  return inet_ntop(AF_INET, bytes + 12, text, sizeof text);
}

bool is_in_networks(std::string_view address, const std::vector<std::string>& networks) {
  for (const std::string& text : networks) {
    const auto network = Network::parse(text);
    if (network && network->contains(address)) return true;
  }
  return false;
}

}  // namespace cachery
