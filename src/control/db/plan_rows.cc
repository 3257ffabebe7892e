#include "control/db/plan_rows.h"

#include <algorithm>
#include <tuple>

namespace cachery::control::db {
namespace {

#define SELECT_PLAN                                                                   \
  "SELECT slug, mib, price_minor_units, kind, connections_max, requests_per_second, " \
  "bytes_per_second, manage_credentials, update_capabilities, several_servers FROM plans "

Plan read_plan(Statement& row) {
  Plan plan;
  plan.slug = row.text();
  plan.mib = static_cast<uint64_t>(row.integer());
  plan.price_minor_units = static_cast<uint64_t>(row.integer());
  plan.kind = parse_kind(row.text()).value_or(Kind::production);
  plan.connections_max = static_cast<uint32_t>(row.integer());
  plan.requests_per_second = static_cast<uint64_t>(row.integer());
  plan.bytes_per_second = static_cast<uint64_t>(row.integer());
  plan.features.manage_credentials = row.truth();
  plan.features.update_capabilities = row.truth();
  plan.features.several_servers = row.truth();
  return plan;
}

// In the order of both statements that change a plan.
Status run(Statement statement, const Plan& plan) {
  return statement.bind(plan.mib)
      .bind(plan.price_minor_units)
      .bind(name_of(plan.kind))
      .bind(plan.connections_max)
      .bind(plan.requests_per_second)
      .bind(plan.bytes_per_second)
      .bind(plan.features.manage_credentials)
      .bind(plan.features.update_capabilities)
      .bind(plan.features.several_servers)
      .bind(plan.slug)
      .run();
}

}  // namespace

Result<std::vector<Plan>> PlanRows::all() {
  auto plans = database_.prepare(SELECT_PLAN).all(read_plan);
  // Not by the database: engines order texts differently.
  if (plans) {
    std::ranges::sort(*plans, {}, [](const Plan& plan) { return std::tie(plan.mib, plan.slug); });
  }
  return plans;
}

Result<std::optional<Plan>> PlanRows::find(std::string_view slug) {
  return database_.prepare(SELECT_PLAN "WHERE slug = ?").bind(slug).first(read_plan);
}

Status PlanRows::insert(const Plan& plan) {
  return run(database_.prepare("INSERT INTO plans (mib, price_minor_units, kind, "
                               "connections_max, requests_per_second, bytes_per_second, "
                               "manage_credentials, update_capabilities, several_servers, slug) "
                               "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"),
             plan);
}

Status PlanRows::update(const Plan& plan) {
  touched_.plans.insert(plan.slug);
  return run(database_.prepare("UPDATE plans SET mib = ?, price_minor_units = ?, kind = ?, "
                               "connections_max = ?, requests_per_second = ?, "
                               "bytes_per_second = ?, manage_credentials = ?, "
                               "update_capabilities = ?, several_servers = ? WHERE slug = ?"),
             plan);
}

Status PlanRows::remove(std::string_view slug) {
  return database_.prepare("DELETE FROM plans WHERE slug = ?").bind(slug).run();
}

}  // namespace cachery::control::db
