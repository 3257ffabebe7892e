#include "control/plans.h"

#include <fmt/format.h>

#include <algorithm>

#include "control/cache_records.h"
#include "control/metering.h"

namespace cachery::control {
namespace {

boost::json::object describe(const Plan& plan) {
  return {{"mib", plan.mib},
          {"price_minor_units", plan.price_minor_units},
          {"kind", name_of(plan.kind)},
          {"connections_max", plan.connections_max},
          {"requests_per_second", plan.requests_per_second},
          {"bytes_per_second", plan.bytes_per_second},
          {"manage_credentials", plan.features.manage_credentials},
          {"update_capabilities", plan.features.update_capabilities},
          {"several_servers", plan.features.several_servers}};
}

bool is_slug_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

Status check_slug(std::string_view slug) {
  const bool is_good = !slug.empty() && slug.size() <= kPlanSlugBytesMax && slug.front() != '-' &&
                       std::ranges::all_of(slug, is_slug_character) && slug != kCustomPlan;
  if (is_good) return {};
  return fail(Fault::invalid,
              fmt::format("\"{}\" cannot be a plan's slug: 1 to {} lower-case letters, digits, "
                          "dots, hyphens and underscores, not \"{}\"",
                          slug.substr(0, kPlanSlugBytesMax), kPlanSlugBytesMax, kCustomPlan));
}

Status check_at_most(std::string_view what, uint64_t value, uint64_t largest) {
  if (value <= largest) return {};
  return fail(Fault::invalid, fmt::format("{} is {}: at most {}", what, value, largest));
}

Status check(const Plan& plan) {
  if (plan.mib == 0) return fail(Fault::invalid, "give the plan a size: size_mib, at least 1");
  if (auto good = check_at_most("size_mib", plan.mib, kCustomMibMax); !good) return good;
  if (auto good = check_at_most("price", plan.price_minor_units, kPlanPriceMax); !good) return good;
  if (auto good = check_at_most("connections_max", plan.connections_max, kPlanConnectionsMax);
      !good) {
    return good;
  }
  if (auto good = check_at_most("requests_per_second", plan.requests_per_second, kPlanRateMax);
      !good) {
    return good;
  }
  return check_at_most("bytes_per_second", plan.bytes_per_second, kPlanRateMax);
}

void apply(Plan& plan, const PlanPatch& patch) {
  const auto set = [](auto& field, const auto& wanted) {
    if (wanted) field = *wanted;
  };
  set(plan.mib, patch.mib);
  set(plan.price_minor_units, patch.price_minor_units);
  set(plan.kind, patch.kind);
  set(plan.connections_max, patch.connections_max);
  set(plan.requests_per_second, patch.requests_per_second);
  set(plan.bytes_per_second, patch.bytes_per_second);
  set(plan.features.manage_credentials, patch.manage_credentials);
  set(plan.features.update_capabilities, patch.update_capabilities);
  set(plan.features.several_servers, patch.several_servers);
}

Result<Plan> find_in(Records& records, std::string_view slug) {
  auto plan = records.plans().find(slug);
  if (!plan) return std::unexpected(plan.error());
  if (*plan) return std::move(**plan);
  return fail(Fault::not_found, fmt::format("there is no plan \"{}\": list those there are",
                                            slug.substr(0, kPlanSlugBytesMax)));
}

// A cache of a plan is as large as the plan, and is charged its price.
Status update_caches(Records& records, const Plan& plan, int64_t unix_seconds) {
  auto caches = records.caches().all();
  if (!caches) return std::unexpected(caches.error());
  for (CacheRecord& cache : *caches) {
    if (cache.plan != plan.slug) continue;
    cache.limit_bytes = limit_bytes_of(plan.mib);
    if (auto updated = records.caches().update(cache); !updated) return updated;
    if (auto metered = Metering::note(records, cache, unix_seconds); !metered) return metered;
  }
  return {};
}

Status check_is_unused(Records& records, std::string_view slug) {
  const auto caches = records.caches().all();
  if (!caches) return std::unexpected(caches.error());
  const auto count = std::ranges::count(*caches, slug, &CacheRecord::plan);
  if (count == 0) return {};
  return fail(Fault::conflict,
              fmt::format("{} caches have the plan \"{}\" (those deleted within the last day are "
                          "caches still): give them another first",
                          count, slug));
}

}  // namespace

Result<std::vector<Plan>> Plans::list() const {
  std::vector<Plan> plans;
  const auto done = store_.read([&](Records& records) -> Status {
    auto all = records.plans().all();
    if (!all) return std::unexpected(all.error());
    plans = std::move(*all);
    return {};
  });
  if (!done) return std::unexpected(done.error());
  return plans;
}

Result<Plan> Plans::find(std::string_view slug) const {
  Plan plan;
  const auto done = store_.read([&](Records& records) -> Status {
    auto found = find_in(records, slug);
    if (!found) return std::unexpected(found.error());
    plan = std::move(*found);
    return {};
  });
  if (!done) return std::unexpected(done.error());
  return plan;
}

Result<Plan> Plans::create(const Actor& actor, std::string_view slug, const PlanPatch& wanted) {
  Plan plan{.slug = std::string(slug)};
  apply(plan, wanted);
  if (auto good = check_slug(slug); !good) return std::unexpected(good.error());
  if (auto good = check(plan); !good) return std::unexpected(good.error());
  const auto done = store_.write([&](Records& records) -> Status {
    const auto all = records.plans().all();
    if (!all) return std::unexpected(all.error());
    if (std::ranges::find(*all, plan.slug, &Plan::slug) != all->end()) {
      return fail(Fault::conflict, fmt::format("there is a plan \"{}\" already", slug));
    }
    if (all->size() >= kPlansMax) {
      return fail(Fault::exhausted,
                  fmt::format("there are {} plans already: delete one first", kPlansMax));
    }
    if (auto inserted = records.plans().insert(plan); !inserted) return inserted;
    return audit_.note(records, actor,
                       {.action = "plan.create",
                        .object_kind = "plan",
                        .object_id = plan.slug,
                        .after = describe(plan)});
  });
  if (!done) return std::unexpected(done.error());
  return plan;
}

Result<Plan> Plans::update(const Actor& actor, std::string_view slug, const PlanPatch& patch) {
  Plan plan;
  const auto done = publisher_.change([&](Records& records) -> Status {
    auto found = find_in(records, slug);
    if (!found) return std::unexpected(found.error());
    const Plan before = *found;
    plan = std::move(*found);
    apply(plan, patch);
    if (auto good = check(plan); !good) return good;
    if (auto updated = records.plans().update(plan); !updated) return updated;
    if (plan.mib != before.mib || plan.price_minor_units != before.price_minor_units) {
      const int64_t now = clock_.now().unix_seconds;
      if (auto updated_caches = update_caches(records, plan, now); !updated_caches) {
        return updated_caches;
      }
    }
    return audit_.note(records, actor,
                       {.action = "plan.update",
                        .object_kind = "plan",
                        .object_id = plan.slug,
                        .before = describe(before),
                        .after = describe(plan)});
  });
  if (!done) return std::unexpected(done.error());
  return plan;
}

Status Plans::remove(const Actor& actor, std::string_view slug) {
  return store_.write([&](Records& records) -> Status {
    const auto found = find_in(records, slug);
    if (!found) return std::unexpected(found.error());
    if (auto unused = check_is_unused(records, slug); !unused) return unused;
    if (auto removed = records.plans().remove(slug); !removed) return removed;
    return audit_.note(records, actor,
                       {.action = "plan.delete",
                        .object_kind = "plan",
                        .object_id = found->slug,
                        .before = describe(*found)});
  });
}

Result<Plan> choose_plan(Records& records, std::string_view slug) {
  auto all = records.plans().all();
  if (!all) return std::unexpected(all.error());
  std::string slugs;
  for (Plan& plan : *all) {
    if (plan.slug == slug) return std::move(plan);
    if (!slugs.empty()) slugs += ", ";
    slugs += plan.slug;
  }
  return fail(Fault::invalid, fmt::format("there is no plan \"{}\": choose one of {}",
                                          slug.substr(0, kPlanSlugBytesMax), slugs));
}

Plan custom_plan(uint64_t limit_bytes) {
  constexpr uint64_t kMib = 1'048'576;
  return {.slug = std::string(kCustomPlan), .mib = (limit_bytes * 10 / 11 + kMib / 2) / kMib};
}

}  // namespace cachery::control
