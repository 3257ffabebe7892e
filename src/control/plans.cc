#include "control/plans.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace cachery::control {
namespace {

// slug, MiB, connections, requests a second, bytes a second
constexpr std::array kPlans = {
    Plan{"dev", 25, 500, 0, 0},          Plan{"100", 100, 1'000, 0, 0},
    Plan{"250", 250, 2'000, 0, 0},       Plan{"500", 500, 4'000, 0, 0},
    Plan{"1000", 1'000, 8'000, 0, 0},    Plan{"2500", 2'500, 12'000, 0, 0},
    Plan{"5000", 5'000, 16'000, 0, 0},   Plan{"7500", 7'500, 20'000, 0, 0},
    Plan{"10000", 10'000, 24'000, 0, 0}, Plan{"20000", 20'000, 32'000, 0, 0},
};

static_assert(limit_bytes_of(25) == 28'835'840);

std::string slugs() {
  std::string out;
  for (const Plan& plan : kPlans) {
    if (!out.empty()) out += ", ";
    out += plan.slug;
  }
  return out;
}

}  // namespace

std::span<const Plan> plans() { return kPlans; }

Result<Plan> find_plan(std::string_view slug) {
  const auto at = std::ranges::find(kPlans, slug, &Plan::slug);
  if (at != kPlans.end()) return *at;
  return fail(Fault::invalid,
              fmt::format("there is no plan \"{}\": choose one of {}", slug, slugs()));
}

tenant::Limits limits_of(std::string_view plan_slug, uint64_t limit_bytes) {
  tenant::Limits limits;
  limits.memory_bytes = limit_bytes;
  if (const auto plan = find_plan(plan_slug)) {
    limits.connections_max = plan->connections_max;
    limits.requests_per_second = plan->requests_per_second;
    limits.bytes_per_second = plan->bytes_per_second;
  }
  return limits;
}

}  // namespace cachery::control
