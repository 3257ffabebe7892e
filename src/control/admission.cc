#include "control/admission.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "base/network.h"
#include "control/own_names.h"

namespace cachery::control {
namespace {

bool is_graph(char c) { return c > ' ' && c < 0x7f; }

bool is_host_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.';
}

Status check_own_port(const tenant::Admission& admission, const NodeFacts& facts) {
  const auto& networks = admission.own_port_networks;
  if (admission.own_port == 0) {
    if (networks.empty()) return {};
    return fail(Fault::invalid, "own_port_networks needs an own_port that it is the list for");
  }
  if (admission.own_port < kOwnPortMin) {
    return fail(Fault::invalid, fmt::format("own port {} is the system's: choose one from {} on",
                                            admission.own_port, kOwnPortMin));
  }
  if (std::ranges::find(facts.taken_ports, admission.own_port) != facts.taken_ports.end()) {
    return fail(Fault::conflict,
                fmt::format("port {} is the service's own: choose another", admission.own_port));
  }
  if (networks.empty() && facts.exposure != Exposure::loopback_only) {
    return fail(Fault::invalid,
                fmt::format("own port {} needs own_port_networks, the networks that may connect "
                            "to it (for example 10.0.0.0/8): whoever reaches it needs no password",
                            admission.own_port));
  }
  if (networks.size() > kOwnPortNetworksMax) {
    return fail(Fault::invalid, fmt::format("{} networks are too many: at most {} a credential",
                                            networks.size(), kOwnPortNetworksMax));
  }
  for (const std::string& network : networks) {
    if (auto checked = check_network(network); !checked) return checked;
  }
  return {};
}

Status check_is_not_own(const tenant::Admission& admission, const NodeFacts& facts) {
  const OwnNames own(facts);
  const auto refuse = [](std::string_view field, std::string_view name) {
    return fail(Fault::conflict,
                fmt::format("{} \"{}\" is a name or address of the service itself, by which "
                            "everybody's clients come: choose another",
                            field, name));
  };
  const std::string& server_name = admission.tls_server_name;
  const std::string& client_name = admission.tls_client_name;
  if (own.has_server_name(server_name)) return refuse("tls_server_name", server_name);
  if (own.has_client_name(client_name)) return refuse("tls_client_name", client_name);
  return {};
}

}  // namespace

Status check_network(std::string_view network) {
  if (Network::parse(network)) return {};
  return fail(Fault::invalid, fmt::format("\"{}\" is not a network: write it as 10.0.0.0/8, "
                                          "2001:db8::/32 or one address",
                                          network));
}

Status check_key_prefix(std::string_view prefix) {
  if (prefix.size() > kKeyPrefixBytesMax) {
    return fail(Fault::invalid, fmt::format("a key prefix of {} bytes is too long: at most {}",
                                            prefix.size(), kKeyPrefixBytesMax));
  }
  if (!std::ranges::all_of(prefix, is_graph)) {
    return fail(Fault::invalid,
                "a key prefix is printable ASCII without spaces: memcache keys cannot hold others");
  }
  return {};
}

Status check_admission(const tenant::Admission& admission, const NodeFacts& facts) {
  if (auto checked = check_own_port(admission, facts); !checked) return checked;
  const std::string& server_name = admission.tls_server_name;
  if (server_name.size() > 253 || !std::ranges::all_of(server_name, is_host_name_character)) {
    return fail(Fault::invalid,
                fmt::format("tls_server_name \"{}\" is not a host name: letters, digits, dots and "
                            "hyphens, up to 253",
                            server_name));
  }
  const std::string& client_name = admission.tls_client_name;
  // X.509's upper bound for a common name is 64.
  if (client_name.size() > 64 ||
      std::ranges::any_of(client_name, [](char c) { return c >= 0 && c < ' '; })) {
    return fail(Fault::invalid,
                "tls_client_name is a certificate's common name: up to 64 "
                "characters, no control characters");
  }
  return check_is_not_own(admission, facts);
}

}  // namespace cachery::control
