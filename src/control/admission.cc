#include "control/admission.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "base/network.h"
#include "base/random.h"
#include "control/own_names.h"

namespace cachery::control {
namespace {

bool is_graph(char c) { return c > ' ' && c < 0x7f; }

bool is_label_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
}

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= 63 && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(label, is_label_character);
}

// Empty: it is no host name. A dot at the end is the root's, and no label.
std::vector<std::string_view> labels_of(std::string_view name) {
  std::vector<std::string_view> labels;
  if (name.size() > 253) return {};
  while (true) {
    const size_t dot = name.find('.');
    labels.push_back(name.substr(0, dot));
    if (!is_label(labels.back())) return {};
    if (dot == std::string_view::npos) return labels;
    name.remove_prefix(dot + 1);
  }
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

Status check_server_name(std::string_view name) {
  const auto labels = labels_of(name);
  const auto refuse = [name](std::string_view why) {
    return fail(Fault::invalid,
                fmt::format("tls_server_name \"{}\" is {}", name.substr(0, 253), why));
  };
  if (labels.empty()) {
    return refuse(
        "not a host name: labels of letters, digits and hyphens with dots between them, "
        "up to 253 characters");
  }
  if (labels.size() == 1) return refuse("one label: give a name with its domain");
  // Countries' registries give names below co.uk, com.au, ac.jp and the like.
  const bool is_suffix = labels.size() == 2 && labels[1].size() == 2 && labels[0].size() <= 3;
  if (is_suffix) return refuse("a suffix that is shared by many: give a name below it");
  return {};
}

std::string new_server_name(std::string_view domain) {
  return fmt::format("{}.{}", random_hex(10, HexCase::lower), domain);
}

Status check_admission(const tenant::Admission& admission, const NodeFacts& facts) {
  if (auto checked = check_own_port(admission, facts); !checked) return checked;
  if (auto checked = check_is_not_own(admission, facts); !checked) return checked;
  const std::string& server_name = admission.tls_server_name;
  if (!server_name.empty()) {
    if (auto checked = check_server_name(server_name); !checked) return checked;
  }
  const std::string& client_name = admission.tls_client_name;
  // X.509's upper bound for a common name is 64.
  if (client_name.size() > 64 ||
      std::ranges::any_of(client_name, [](char c) { return c >= 0 && c < ' '; })) {
    return fail(Fault::invalid,
                "tls_client_name is a certificate's common name: up to 64 "
                "characters, no control characters");
  }
  return {};
}

}  // namespace cachery::control
