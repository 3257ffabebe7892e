// What a member of a team may do there. The order is that of power: a comparison asks "at least".
// Teams themselves are in control/teams; this is apart because the API's access rules need no more.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace cachery::control {

using TeamId = uint64_t;  // 0: no team; a cache that the operator made for nobody

enum class Role : uint8_t {
  read_only,  // sees caches and their history, no passwords
  member,     // makes, changes and deletes caches and credentials
  owner,      // and decides about the team itself
};

// Names as the API and the database have them.
constexpr std::string_view name_of(Role role) {
  switch (role) {
    case Role::read_only:
      return "read_only";
    case Role::member:
      return "member";
    case Role::owner:
      return "owner";
  }
  return "";
}

constexpr std::optional<Role> parse_role(std::string_view name) {
  for (const Role role : {Role::read_only, Role::member, Role::owner}) {
    if (name_of(role) == name) return role;
  }
  return std::nullopt;
}

}  // namespace cachery::control
