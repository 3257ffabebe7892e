// What `version` answers. Clients read the protocol's level from it and switch features on, so it
// is the upstream release whose protocol we speak, not ours.
#pragma once

#include <string_view>

namespace cachery::serve {

inline constexpr std::string_view kProtocolVersion = "1.6.45";

}  // namespace cachery::serve
