// What is kept about a plan, as a row, and the rows as the services see them. Its twin in
// control/db: plan_rows.h. The plans that an installation starts with stand in the schema
// (control/db/schema/0010_plans_clusters_caches.sql).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace cachery::control {

// What caches of a plan, and clusters, are for. A development cache that nobody asks anything for
// 30 days is disabled.
enum class Kind : uint8_t { development, production };

constexpr std::string_view name_of(Kind kind) {
  return kind == Kind::development ? "development" : "production";
}

constexpr std::optional<Kind> parse_kind(std::string_view name) {
  if (name == "development") return Kind::development;
  if (name == "production") return Kind::production;
  return std::nullopt;
}

// What an operator may withhold from a plan's caches: from their people, whichever door they come
// by, never from operators. All of ours have all of it.
struct PlanFeatures {
  bool manage_credentials = true;   // create, delete and promote credentials
  bool update_capabilities = true;  // say what a credential may do
  bool several_servers = true;      // be told all addresses, not the first alone

  bool operator==(const PlanFeatures&) const = default;
};

struct Plan {
  std::string slug = {};
  uint64_t mib = 0;
  uint64_t price_minor_units = 0;  // a month, in the hundredths (or whatever) of the currency set
  Kind kind = Kind::production;
  uint32_t connections_max = 0;  // 0: no limit, here and below
  uint64_t requests_per_second = 0;
  uint64_t bytes_per_second = 0;
  PlanFeatures features = {};

  bool operator==(const Plan&) const = default;
};

class PlanRecords {
 public:
  virtual ~PlanRecords() = default;

  // The smallest first.
  [[nodiscard]] virtual Result<std::vector<Plan>> all() = 0;
  [[nodiscard]] virtual Result<std::optional<Plan>> find(std::string_view slug) = 0;
  [[nodiscard]] virtual Status insert(const Plan& plan) = 0;
  [[nodiscard]] virtual Status update(const Plan& plan) = 0;  // all but its slug
  [[nodiscard]] virtual Status remove(std::string_view slug) = 0;
};

}  // namespace cachery::control
