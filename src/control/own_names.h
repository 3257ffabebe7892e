// The names under which everybody reaches the service: what it advertises, its public address, what
// its certificate says, this machine. No credential may have one of them as its TLS name: a client
// that connects by it is a stranger's, and would be let in to that credential's cache before it
// says who it is. A wildcard of the certificate (*.caches.example.org) is no name of the service:
// the names below it are what tenants get.
#pragma once

#include <string>
#include <string_view>
#include <unordered_set>

#include "control/admission.h"

namespace cachery::control {

class OwnNames {
 public:
  // As they are now: the certificate may be another one tomorrow.
  explicit OwnNames(const NodeFacts& facts);
  bool operator==(const OwnNames&) const = default;

  // Without regard to case and to a dot at the end. Addresses are no names that a tenant may have.
  bool has_server_name(std::string_view name) const;
  // Of a client's certificate.
  bool has_client_name(std::string_view name) const;

 private:
  std::unordered_set<std::string> names_;
};

}  // namespace cachery::control
