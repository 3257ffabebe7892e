#include "api/cache_json.h"

#include "control/plans.h"

namespace cachery::api {

namespace json = http::json;

json::value to_json(const control::OpenCredential& credential) {
  const control::CredentialRecord& record = credential.record;
  const tenant::Admission& admission = record.admission;
  return {
      {"id", record.id},
      {"username", record.username},
      {"password", credential.password},
      {"primary", record.is_primary},
      {"write", record.capabilities.write},
      {"flush", record.capabilities.flush},
      {"api", record.capabilities.api},
      {"key_prefix", record.key_prefix},
      {"own_port", admission.own_port},
      {"own_port_networks", json::value_from(admission.own_port_networks)},
      {"tls_client_name", admission.tls_client_name},
      {"tls_server_name", admission.tls_server_name},
      {"created_at", record.created_unix_seconds},
  };
}

json::value to_json(const control::CacheDetails& details, const ServiceAddresses& addresses) {
  const control::CacheRecord& cache = details.cache;
  json::array credentials;
  for (const auto& credential : details.credentials) credentials.push_back(to_json(credential));
  return {
      {"id", cache.id},
      {"name", cache.name},
      {"plan", cache.plan},
      {"enabled", cache.is_enabled},
      {"limit_bytes", cache.limit_bytes},
      {"servers", json::value_from(addresses.servers)},
      {"tls_servers", json::value_from(addresses.tls_servers)},
      {"username", details.primary().record.username},
      {"password", details.primary().password},
      {"credentials", std::move(credentials)},
      {"created_at", cache.created_unix_seconds},
  };
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

}  // namespace cachery::api
