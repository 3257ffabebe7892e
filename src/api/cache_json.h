// Caches, credentials and plans as JSON, in one shape for every answer that shows them, and the
// bodies that ask for them.
#pragma once

#include <optional>
#include <string>

#include "api/addresses.h"
#include "api/principal.h"
#include "control/caches.h"
#include "http/json.h"
#include "http/schema.h"
#include "tenant/node.h"

namespace cachery::api {

enum class Passwords : uint8_t { shown, hidden };  // hidden: null, and server names empty

http::json::value to_json(const control::OpenCredential& credential,
                          Passwords passwords = Passwords::shown);
// `currency`: of its price, as three letters (ISO 4217).
// `capacity`: of the nodes, for whether it can be had here.
http::json::value to_json(const control::Plan& plan, std::string_view currency,
                          const control::Capacity& capacity);
http::json::value to_json(const control::ClusterRecord& cluster);

// What a cache's JSON needs beside its record. Both outlive it.
struct CacheView {
  const ServiceAddresses& addresses;
  const tenant::Node& node;

  http::json::value to_json(const control::CacheDetails& cache, Passwords passwords) const;
};

// How much of it is in use: bytes, items, connections, hit_rate (null without a get). Null when the
// node does not answer.
http::json::value usage_json(const Result<tenant::CounterValues>& counters);
// All addresses, or the first alone where the plan has no more.
std::vector<std::string> servers_of(const std::vector<std::string>& all, const control::Plan& plan);
// The path of a cache's single sign-on address.
std::string link_path(control::CacheId cache, std::string_view secret);

// What those look like.
http::Schema credential_schema();
http::Schema plan_schema();
http::Schema cluster_schema();
http::Schema cache_schema();

// {"plan"} or {"size_mib"}, as part of a larger body.
control::CacheSize take_size(http::JsonFields& fields);
// Any of the fields of a credential that may change; the same for a new one.
control::CredentialPatch take_credential(http::JsonFields& fields);
http::Schema credential_body_schema();

}  // namespace cachery::api
