// /plans of the admin API: everybody may read them, operators change them.
#include <fmt/format.h>

#include "api/admin.h"
#include "api/cache_json.h"
#include "api/query.h"
#include "http/status.h"

namespace cachery::api {
namespace {

namespace json = http::json;
namespace schema = http::schema;
using http::answers;
using http::Request;
using http::Response;

// Any of the fields of a plan that may change; the same for a new one.
Result<control::PlanPatch> take_plan(http::JsonFields& fields) {
  control::PlanPatch patch;
  patch.mib = fields.number("size_mib", control::kCustomMibMax);
  patch.price_minor_units = fields.number("price_minor_units", control::kPlanPriceMax);
  const auto kind = fields.text("kind");
  if (const auto count = fields.number("connections_max", control::kPlanConnectionsMax)) {
    patch.connections_max = static_cast<uint32_t>(*count);
  }
  patch.requests_per_second = fields.number("requests_per_second", control::kPlanRateMax);
  patch.bytes_per_second = fields.number("bytes_per_second", control::kPlanRateMax);
  patch.manage_credentials = fields.truth("manage_credentials");
  patch.update_capabilities = fields.truth("update_capabilities");
  patch.several_servers = fields.truth("several_servers");
  if (auto good = fields.finish(); !good) return std::unexpected(good.error());
  if (!kind) return patch;
  patch.kind = control::parse_kind(*kind);
  if (patch.kind) return patch;
  return fail(Fault::invalid, "\"kind\" must be development or production");
}

http::Schema plan_body_schema(std::initializer_list<std::string_view> required,
                              schema::Fields more = {}) {
  schema::Fields fields{{"size_mib", schema::integer(0, control::kCustomMibMax)},
                        {"price_minor_units", schema::integer(0, control::kPlanPriceMax)},
                        {"kind", schema::choice({"development", "production"})},
                        {"connections_max", schema::integer(0, control::kPlanConnectionsMax)},
                        {"requests_per_second", schema::integer(0, control::kPlanRateMax)},
                        {"bytes_per_second", schema::integer(0, control::kPlanRateMax)},
                        {"manage_credentials", schema::truth()},
                        {"update_capabilities", schema::truth()},
                        {"several_servers", schema::truth()}};
  for (schema::Field& one : more) fields.push_back(std::move(one));
  return schema::body(std::move(fields), required);
}

std::vector<AdminRow> rows_of(control::Plans& plans, const control::Quotas& quotas,
                              const std::string& currency) {
  using enum http::Method;
  const auto respond = [&quotas, currency](const Result<control::Plan>& plan, int status = 200) {
    if (!plan) return http::error_response(plan.error());
    return http::json_response(status, to_json(*plan, currency, quotas.capacity()));
  };
  const auto list = [&plans, &quotas, currency](const Request&, const Principal&) {
    const auto all = plans.list();
    if (!all) return http::error_response(all.error());
    const control::Capacity capacity = quotas.capacity();
    json::array shown;
    for (const control::Plan& plan : *all) shown.push_back(to_json(plan, currency, capacity));
    return http::json_response(200, {{"plans", std::move(shown)}});
  };
  const auto show = [&plans, respond](const Request& request, const Principal&) {
    return respond(plans.find(request.parameter("plan")));
  };
  const auto create = [&plans, respond](const Request& request, const Principal& principal) {
    if (auto good = check_operator(principal); !good) return http::error_response(good.error());
    auto fields = read_fields(request);
    if (!fields) return http::error_response(fields.error());
    const std::string slug = fields->text("slug").value_or("");
    const auto wanted = take_plan(*fields);
    if (!wanted) return http::error_response(wanted.error());
    return respond(plans.create(principal.actor, slug, *wanted), 201);
  };
  const auto update = [&plans, respond](const Request& request, const Principal& principal) {
    if (auto good = check_operator(principal); !good) return http::error_response(good.error());
    auto fields = read_fields(request);
    if (!fields) return http::error_response(fields.error());
    const auto patch = take_plan(*fields);
    if (!patch) return http::error_response(patch.error());
    return respond(plans.update(principal.actor, request.parameter("plan"), *patch));
  };
  const auto erase = [&plans](const Request& request, const Principal& principal) {
    if (auto good = check_operator(principal); !good) return http::error_response(good.error());
    return api::respond(plans.remove(principal.actor, request.parameter("plan")));
  };
  return {
      {get, "/plans", "The plans that a cache can have", list,
       answers(200, schema::object({{"plans", schema::list(plan_schema())}}))},
      {post, "/plans", "Create a plan", create,
       answers(201, plan_schema())
           .takes(plan_body_schema({"slug", "size_mib"}, {{"slug", schema::text()}}))},
      {get, "/plans/{plan}", "One plan", show, answers(200, plan_schema())},
      {patch, "/plans/{plan}", "Change a plan, in force on its caches at once", update,
       answers(200, plan_schema()).takes(plan_body_schema({}))},
      {http::Method::remove, "/plans/{plan}", "Delete a plan that no cache has", erase,
       answers(204)},
  };
}

}  // namespace

std::vector<AdminRow> plan_rows(const AdminServices& services) {
  return rows_of(services.plans, services.quotas, services.currency);
}

}  // namespace cachery::api
