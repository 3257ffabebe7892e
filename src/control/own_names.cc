#include "control/own_names.h"

#include <algorithm>

namespace cachery::control {
namespace {

std::string normal(std::string_view name) {
  while (name.ends_with('.')) name.remove_suffix(1);
  std::string out(name);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return out;
}

// 127.0.0.1, and what resolvers read as an address too: 127.1, 2130706433, 0x7f.1. No top level
// domain begins with a digit. IPv6 addresses are no host names to begin with.
bool is_address(std::string_view normal_name) {
  const size_t dot = normal_name.rfind('.');
  const std::string_view last =
      dot == std::string_view::npos ? normal_name : normal_name.substr(dot + 1);
  const bool is_number = last.find_first_not_of("0123456789") == std::string_view::npos;
  return !last.empty() && (is_number || last.starts_with("0x"));
}

}  // namespace

OwnNames::OwnNames(const NodeFacts& facts) {
  for (const std::string& name : facts.own_names) names_.insert(normal(name));
  if (facts.certificate_names) {
    for (const std::string& name : facts.certificate_names()) names_.insert(normal(name));
  }
  names_.insert("localhost");
  names_.erase("");
}

bool OwnNames::has_server_name(std::string_view name) const {
  return is_address(normal(name)) || has_client_name(name);
}

bool OwnNames::has_client_name(std::string_view name) const {
  const std::string own = normal(name);
  return names_.contains(own) || own.ends_with(".localhost");
}

}  // namespace cachery::control
