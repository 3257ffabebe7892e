#include "api/cache_json.h"

#include <fmt/format.h>

#include "control/plans.h"

namespace cachery::api {

namespace json = http::json;
namespace schema = http::schema;

json::value to_json(const control::OpenCredential& credential, Passwords passwords) {
  const control::CredentialRecord& record = credential.record;
  const tenant::Admission& admission = record.admission;
  const bool is_shown = passwords == Passwords::shown;
  return {
      {"id", record.id},
      {"username", record.username},
      {"password", is_shown ? json::value(credential.password) : json::value()},
      {"primary", record.is_primary},
      {"write", record.capabilities.write},
      {"flush", record.capabilities.flush},
      {"api", record.capabilities.api},
      {"key_prefix", record.key_prefix},
      {"own_port", admission.own_port},
      {"own_port_networks", json::value_from(admission.own_port_networks)},
      {"tls_client_name", admission.tls_client_name},
      // As secret as a password.
      {"tls_server_name", is_shown ? admission.tls_server_name : std::string()},
      {"created_at", record.created_unix_seconds},
      {"last_used_at",
       record.used_unix_seconds == 0 ? json::value() : json::value(record.used_unix_seconds)},
  };
}

http::Schema credential_schema() {
  return schema::named("Credential",
                       schema::object({{"id", schema::integer()},
                                       {"username", schema::text()},
                                       {"password", schema::nullable(schema::text())},
                                       {"primary", schema::truth()},
                                       {"write", schema::truth()},
                                       {"flush", schema::truth()},
                                       {"api", schema::truth()},
                                       {"key_prefix", schema::text()},
                                       {"own_port", schema::integer(0, UINT16_MAX)},
                                       {"own_port_networks", schema::list(schema::text())},
                                       {"tls_client_name", schema::text()},
                                       {"tls_server_name", schema::text()},
                                       {"created_at", schema::integer()},
                                       {"last_used_at", schema::nullable(schema::integer())}}));
}

json::value to_json(const control::Plan& plan, std::string_view currency,
                    const control::Capacity& capacity) {
  const Status fits = capacity.check_fits("this plan", control::limit_bytes_of(plan.mib));
  return {{"available", fits.has_value()},
          {"unavailable_reason", fits ? json::value() : json::value(fits.error().detail)},
          {"slug", plan.slug},
          {"size_mib", plan.mib},
          {"limit_bytes", control::limit_bytes_of(plan.mib)},
          {"price_minor_units", plan.price_minor_units},
          {"currency", currency},
          {"kind", control::name_of(plan.kind)},
          {"connections_max", plan.connections_max},
          {"requests_per_second", plan.requests_per_second},
          {"bytes_per_second", plan.bytes_per_second},
          {"manage_credentials", plan.features.manage_credentials},
          {"update_capabilities", plan.features.update_capabilities},
          {"several_servers", plan.features.several_servers}};
}

http::Schema plan_schema() {
  return schema::named("Plan",
                       schema::object({{"available", schema::truth()},
                                       {"unavailable_reason", schema::nullable(schema::text())},
                                       {"slug", schema::text()},
                                       {"size_mib", schema::integer()},
                                       {"limit_bytes", schema::integer()},
                                       {"price_minor_units", schema::integer()},
                                       {"currency", schema::text_like("^[A-Z]{3}$")},
                                       {"kind", schema::choice({"development", "production"})},
                                       {"connections_max", schema::integer()},
                                       {"requests_per_second", schema::integer()},
                                       {"bytes_per_second", schema::integer()},
                                       {"manage_credentials", schema::truth()},
                                       {"update_capabilities", schema::truth()},
                                       {"several_servers", schema::truth()}}));
}

json::value to_json(const control::ClusterRecord& cluster) {
  return {{"id", cluster.id},
          {"name", cluster.name},
          {"region", cluster.region},
          {"kind", control::name_of(cluster.kind)}};
}

http::Schema cluster_schema() {
  return schema::named("Cluster",
                       schema::object({{"id", schema::integer()},
                                       {"name", schema::text()},
                                       {"region", schema::text()},
                                       {"kind", schema::choice({"development", "production"})}}));
}

json::value CacheView::to_json(const control::CacheDetails& details, Passwords passwords) const {
  const control::CacheRecord& cache = details.cache;
  const bool is_shown = passwords == Passwords::shown;
  const bool has_link = is_shown && !details.link_secret.empty();
  json::array credentials;
  for (const auto& one : details.credentials) credentials.push_back(api::to_json(one, passwords));
  return {
      {"id", cache.id},
      {"name", cache.name},
      {"short_name", control::short_name_of(cache.id)},
      {"team", cache.team == 0 ? json::value() : json::value(cache.team)},
      {"team_name", details.team_name.empty() ? json::value() : json::value(details.team_name)},
      {"plan", cache.plan},
      {"kind", control::name_of(details.plan.kind)},
      {"cluster", details.cluster.name},
      {"region", details.cluster.region},
      {"enabled", cache.is_enabled},
      {"disabled_by",
       cache.is_enabled ? json::value() : json::value(control::name_of(cache.disabled_by))},
      {"limit_bytes", cache.limit_bytes},
      {"servers", json::value_from(servers_of(addresses.servers, details.plan))},
      {"tls_servers", json::value_from(servers_of(addresses.tls_servers, details.plan))},
      {"username", details.primary().record.username},
      {"password", is_shown ? json::value(details.primary().password) : json::value()},
      {"credentials", std::move(credentials)},
      {"sso_path",
       has_link ? json::value(link_path(cache.id, details.link_secret)) : json::value()},
      {"usage", usage_json(node.counters(cache.id))},
      {"created_at", cache.created_unix_seconds},
      {"deleted_at", cache.is_deleted() ? json::value(cache.deleted_unix_seconds) : json::value()},
  };
}

http::Schema cache_schema() {
  const auto usage = schema::object({{"bytes", schema::integer()},
                                     {"items", schema::integer()},
                                     {"connections", schema::integer()},
                                     {"hit_rate", schema::nullable(schema::number())}});
  const auto who = schema::choice({"owner", "operator", "idle"});
  return schema::named("Cache",
                       schema::object({{"id", schema::integer()},
                                       {"name", schema::text()},
                                       {"short_name", schema::text_like("^[0-9A-F]{6}$")},
                                       {"team", schema::nullable(schema::integer())},
                                       {"team_name", schema::nullable(schema::text())},
                                       {"plan", schema::text()},
                                       {"kind", schema::choice({"development", "production"})},
                                       {"cluster", schema::text()},
                                       {"region", schema::text()},
                                       {"enabled", schema::truth()},
                                       {"disabled_by", schema::nullable(who)},
                                       {"limit_bytes", schema::integer()},
                                       {"servers", schema::list(schema::text())},
                                       {"tls_servers", schema::list(schema::text())},
                                       {"username", schema::text()},
                                       {"password", schema::nullable(schema::text())},
                                       {"credentials", schema::list(credential_schema())},
                                       {"sso_path", schema::nullable(schema::text())},
                                       {"usage", schema::nullable(usage)},
                                       {"created_at", schema::integer()},
                                       {"deleted_at", schema::nullable(schema::integer())}}));
}

json::value usage_json(const Result<tenant::CounterValues>& counters) {
  if (!counters) return nullptr;
  using enum tenant::Counter;
  const tenant::CounterValues& now = *counters;
  const uint64_t gets = now[get_hits] + now[get_misses];
  const json::value hit_rate =
      gets == 0 ? json::value()
                : json::value(static_cast<double>(now[get_hits]) / static_cast<double>(gets));
  return {{"bytes", now[bytes]},
          {"items", now[curr_items]},
          {"connections", now[curr_connections]},
          {"hit_rate", hit_rate}};
}

std::vector<std::string> servers_of(const std::vector<std::string>& all,
                                    const control::Plan& plan) {
  if (plan.features.several_servers || all.size() < 2) return all;
  return {all.front()};
}

std::string link_path(control::CacheId cache, std::string_view secret) {
  return fmt::format("/sso/{}/{}", cache, secret);
}

control::CacheSize take_size(http::JsonFields& fields) {
  control::CacheSize size;
  size.plan = fields.text("plan").value_or("");
  size.mib = fields.number("size_mib", control::kCustomMibMax).value_or(0);
  return size;
}

control::CredentialPatch take_credential(http::JsonFields& fields) {
  control::CredentialPatch patch;
  patch.write = fields.truth("write");
  patch.flush = fields.truth("flush");
  patch.api = fields.truth("api");
  patch.key_prefix = fields.text("key_prefix");
  if (const auto port = fields.number("own_port", UINT16_MAX)) {
    patch.own_port = static_cast<uint16_t>(*port);
  }
  patch.own_port_networks = fields.texts("own_port_networks");
  patch.tls_client_name = fields.text("tls_client_name");
  patch.tls_server_name = fields.text("tls_server_name");
  return patch;
}

http::Schema credential_body_schema() {
  return schema::body({{"write", schema::truth()},
                       {"flush", schema::truth()},
                       {"api", schema::truth()},
                       {"key_prefix", schema::text()},
                       {"own_port", schema::integer(0, UINT16_MAX)},
                       {"own_port_networks", schema::list(schema::text())},
                       {"tls_client_name", schema::text()},
                       {"tls_server_name", schema::text()}});
}

}  // namespace cachery::api
