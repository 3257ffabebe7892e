// What a cache can be: how much it holds, how hard it may be used, what it costs. A table in the
// database that the operator changes; a change of a plan is in force on all its caches when the
// call returns. An operator may also give a cache a size of its own, the plan `custom`, which is no
// row: it has no limits but memory and no price.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/actor.h"
#include "control/audit.h"
#include "control/plan_records.h"
#include "control/publisher.h"

namespace cachery::control {

// The plan of a cache whose size an operator chose himself: no limits but memory.
inline constexpr std::string_view kCustomPlan = "custom";
inline constexpr uint64_t kCustomMibMax = uint64_t{16} << 20;  // 16 TiB: no machine holds more
inline constexpr size_t kPlanSlugBytesMax = 32;
inline constexpr size_t kPlansMax = 200;
inline constexpr uint64_t kPlanPriceMax = 1'000'000'000;  // ten million, in hundredths
inline constexpr uint64_t kPlanConnectionsMax = 10'000'000;
inline constexpr uint64_t kPlanRateMax = uint64_t{1} << 50;

// What a cache of so many MiB may be charged with: a tenth more, because overhead is counted too.
constexpr uint64_t limit_bytes_of(uint64_t mib) { return mib * 1'048'576 * 11 / 10; }

// Only what is set changes.
struct PlanPatch {
  std::optional<uint64_t> mib = {};
  std::optional<uint64_t> price_minor_units = {};
  std::optional<Kind> kind = {};
  std::optional<uint32_t> connections_max = {};
  std::optional<uint64_t> requests_per_second = {};
  std::optional<uint64_t> bytes_per_second = {};
  std::optional<bool> manage_credentials = {};
  std::optional<bool> update_capabilities = {};
  std::optional<bool> several_servers = {};
};

class Plans {
 public:
  // All must outlive it.
  Plans(Store& store, Publisher& publisher, const Audit& audit, const Clock& clock)
      : store_(store), publisher_(publisher), audit_(audit), clock_(clock) {}

  // The smallest first.
  [[nodiscard]] Result<std::vector<Plan>> list() const;
  // not_found: there is none.
  [[nodiscard]] Result<Plan> find(std::string_view slug) const;
  // What the patch leaves out is none, all features and production; `mib` must be in it.
  [[nodiscard]] Result<Plan> create(const Actor& actor, std::string_view slug,
                                    const PlanPatch& wanted);
  // In force on the plan's caches at once: their memory grows or shrinks in place.
  [[nodiscard]] Result<Plan> update(const Actor& actor, std::string_view slug,
                                    const PlanPatch& patch);
  // conflict: caches have it (those deleted within the last day are caches still).
  [[nodiscard]] Status remove(const Actor& actor, std::string_view slug);

 private:
  Store& store_;
  Publisher& publisher_;
  const Audit& audit_;
  const Clock& clock_;
};

// Within a transaction: the plan that a body asks for. invalid: there is none, with those there
// are.
[[nodiscard]] Result<Plan> choose_plan(Records& records, std::string_view slug);
// The plan of a cache as it is, also when that is kCustomPlan.
Plan custom_plan(uint64_t limit_bytes);

}  // namespace cachery::control
