// What a cache can be: how much it holds and how hard it may be used. One table, read by the
// services, the API, the command line and the documentation. Memory is what plans are sold by, so
// rates have no limit (0) unless an operator wants one and connections are generous: they are there
// to stop a runaway client, not to make anyone pay for a larger plan.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/error.h"
#include "tenant/snapshot.h"

namespace cachery::control {

struct Plan {
  std::string_view slug;
  uint64_t mib = 0;
  uint32_t connections_max = 0;  // 0: no limit, here and below
  uint64_t requests_per_second = 0;
  uint64_t bytes_per_second = 0;
};

// The plan of a cache whose size an operator chose himself: no limits but memory.
inline constexpr std::string_view kCustomPlan = "custom";
inline constexpr uint64_t kCustomMibMax = uint64_t{16} << 20;  // 16 TiB: no machine holds more

std::span<const Plan> plans();
[[nodiscard]] Result<Plan> find_plan(std::string_view slug);
// What a cache of so many MiB may be charged with: a tenth more, because overhead is counted too.
constexpr uint64_t limit_bytes_of(uint64_t mib) { return mib * 1'048'576 * 11 / 10; }
// The plan's limits beside memory; none for a custom size.
tenant::Limits limits_of(std::string_view plan_slug, uint64_t limit_bytes);

}  // namespace cachery::control
