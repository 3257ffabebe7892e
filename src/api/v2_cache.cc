#include "api/v2_cache.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/cache_json.h"
#include "http/json.h"

namespace cachery::api {
namespace {

namespace json = http::json;
namespace schema = http::schema;
using control::CacheDetails;
using control::OpenCredential;
using http::answers;
using http::Description;
using http::Response;

constexpr size_t kShownBytesMax = 64;

// The type of every cache of the service whose API this is; scripts compare it.
constexpr std::string_view kCacheType = "memcachier";
constexpr std::string_view kProvider = "cachery";

json::value capabilities_json(const tenant::Capabilities& capabilities) {
  return {{"write_capability", capabilities.write},
          {"flush_capability", capabilities.flush},
          {"api_capability", capabilities.api}};
}

// The password of one that may do more than the caller is not the caller's to see: empty.
json::value credential_json(const OpenCredential& credential,
                            const tenant::Capabilities& capabilities_of_caller) {
  const control::CredentialRecord& record = credential.record;
  const bool is_shown = control::covers(capabilities_of_caller, record.capabilities);
  return {{"id", record.id},
          {"cache_id", record.cache},
          {"sasl_username", record.username},
          {"sasl_password", is_shown ? credential.password : std::string()},
          {"write_capability", record.capabilities.write},
          {"flush_capability", record.capabilities.flush},
          {"api_capability", record.capabilities.api},
          {"primary", record.is_primary}};
}

json::array credentials_json(const CacheDetails& cache, const V2Call& call) {
  json::array credentials;
  for (const OpenCredential& one : cache.credentials) {
    credentials.push_back(credential_json(one, call.caller.capabilities));
  }
  return credentials;
}

Response ok() { return Response{.status = 200}; }

// Omitted ones become false: so it is documented.
Result<control::CredentialPatch> take_capabilities(const http::Request& request) {
  const auto object = http::parse_object(request.body);
  if (!object) return std::unexpected(object.error());
  const auto take = [&](std::string_view name) -> Result<bool> {
    const json::value* value = object->if_contains({name.data(), name.size()});
    if (value == nullptr || value->is_null()) return false;
    if (const bool* truth = value->if_bool()) return *truth;
    if (const json::string* text = value->if_string()) {
      if (*text == "true") return true;
      if (*text == "false") return false;
    }
    return fail(Fault::invalid, fmt::format("{} must be true or false", name));
  };
  const auto write = take("write_capability");
  const auto flush = take("flush_capability");
  const auto api = take("api_capability");
  for (const Result<bool>* one : {&write, &flush, &api}) {
    if (!*one) return std::unexpected(one->error());
  }
  return control::CredentialPatch{.write = *write, .flush = *flush, .api = *api};
}

bool equals_in_any_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  };
  return std::ranges::equal(a, b, {}, lower, lower);
}

class V2Cache {
 public:
  explicit V2Cache(const AdminServices& services) : services_(services) {}

  Response info(const V2Call& call) const {
    const auto found = find(call);
    const auto clusters = services_.clusters.list();
    if (!found || !clusters) return v2_error(!found ? found.error() : clusters.error());
    const control::CacheRecord& cache = found->cache;
    const control::PlanFeatures& features = found->plan.features;
    const auto servers = servers_of(services_.addresses.servers, found->plan);
    return http::json_response(200, {{"id", cache.id},
                                     {"name", control::short_name_of(cache.id)},
                                     {"label", cache.name},
                                     {"cache_type", kCacheType},
                                     {"plan", found->plan.mib << 20},
                                     {"provider", kProvider},
                                     {"enabled", cache.is_enabled},
                                     {"cluster_name", found->cluster.name},
                                     {"servers", json::value_from(servers)},
                                     {"credentials", credentials_json(*found, call)},
                                     // Nothing moves a cache yet, however many clusters there are.
                                     {"can_switch", false},
                                     {"can_manage_credentials", features.manage_credentials},
                                     {"can_update_capabilities", features.update_capabilities}});
  }

  Response list_credentials(const V2Call& call) const {
    const auto found = find(call);
    if (!found) return v2_error(found.error());
    return http::json_response(200, credentials_json(*found, call));
  }

  Response create_credential(const V2Call& call) const {
    return respond(call, services_.credentials.create(call.caller.caller(), call.cache(), {}), 201);
  }

  Response update_credential(const V2Call& call) const {
    const auto found = find(call);
    if (!found) return v2_error(found.error());
    const auto credential = find_credential(*found, call);
    const auto patch = take_capabilities(call.request);
    if (!credential || !patch) return v2_error(!credential ? credential.error() : patch.error());
    const auto updated = services_.credentials.update(call.caller.caller(), call.cache(),
                                                      credential->record.id, *patch);
    if (!updated) return v2_error(updated.error());
    return http::json_response(200, capabilities_json(updated->record.capabilities));
  }

  Response delete_credential(const V2Call& call) const {
    const auto found = find(call);
    if (!found) return v2_error(found.error());
    const auto credential = find_credential(*found, call);
    if (!credential) return v2_error(credential.error());
    const auto removed =
        services_.credentials.remove(call.caller.caller(), call.cache(), credential->record.id);
    if (removed) return ok();
    // The last or the primary: "not allowed" by the documents.
    if (removed.error().fault == Fault::conflict) return v2_error(403, removed.error().detail);
    return v2_error(removed.error());
  }

  Response promote_credential(const V2Call& call) const {
    const auto found = find(call);
    if (!found) return v2_error(found.error());
    const auto credential = find_credential(*found, call);
    if (!credential) return v2_error(credential.error());
    return respond(
        call,
        services_.credentials.promote(call.caller.caller(), call.cache(), credential->record.id),
        200);
  }

  Response rotate_sso(const V2Call& call) const {
    const auto secret = services_.links.rotate(call.caller.actor, call.cache());
    if (!secret) return v2_error(secret.error());
    return http::json_response(200, json::string(*secret));
  }

  Response enable(const V2Call& call) const {
    const control::CachePatch patch{.is_enabled = true, .by = control::DisabledBy::owner};
    const auto updated = services_.caches.update(call.caller.actor, call.cache(), patch);
    return updated ? ok() : v2_error(updated.error());
  }

  Response switch_cluster(const V2Call&) const {
    return v2_error(400, "There is no other cluster in this region to switch to");
  }

  Response flush(const V2Call& call) const {
    const auto flushed = services_.caches.flush(call.caller.actor, call.cache());
    return flushed ? Response{.status = 204} : v2_error(flushed.error());
  }

  Response reset_stats(const V2Call& call) const {
    const auto reset = services_.caches.reset_counters(call.caller.actor, call.cache());
    return reset ? Response{.status = 204} : v2_error(reset.error());
  }

 private:
  Result<CacheDetails> find(const V2Call& call) const {
    return services_.caches.find(std::to_string(call.cache()));
  }

  // By its username, as the documents have it, in any case as logins do.
  static Result<OpenCredential> find_credential(const CacheDetails& cache, const V2Call& call) {
    const std::string_view username = call.request.parameter("username");
    for (const OpenCredential& one : cache.credentials) {
      if (equals_in_any_case(one.record.username, username)) return one;
    }
    return fail(Fault::not_found,
                fmt::format("There is no credential \"{}\"", username.substr(0, kShownBytesMax)));
  }

  static Response respond(const V2Call& call, const Result<OpenCredential>& credential,
                          int status) {
    if (!credential) return v2_error(credential.error());
    return http::json_response(status, credential_json(*credential, call.caller.capabilities));
  }

  AdminServices services_;
};

struct Row {
  http::Method method;
  const char* path;
  const char* summary;
  Response (V2Cache::*answer)(const V2Call&) const;
  Description (*describe)();
  std::optional<tenant::Capabilities> needs = {};
};

// Of a credential: the service decides by whose it is and what it may
// (control/credential_rights.h).
constexpr tenant::Capabilities kToRead{.write = false, .flush = false};
constexpr tenant::Capabilities kToFlush{.write = false};
// Whoever has the address may do everything to the cache.
constexpr tenant::Capabilities kAll{};

http::Schema credential_schema_of_v2() {
  return schema::named("V2Credential", schema::object({{"id", schema::integer()},
                                                       {"cache_id", schema::integer()},
                                                       {"sasl_username", schema::text()},
                                                       {"sasl_password", schema::text()},
                                                       {"write_capability", schema::truth()},
                                                       {"flush_capability", schema::truth()},
                                                       {"api_capability", schema::truth()},
                                                       {"primary", schema::truth()}}));
}

Description describe_done() { return answers(200); }
Description describe_emptied() { return answers(204); }
Description describe_text() { return answers(200, schema::text()); }
Description describe_credential() { return answers(200, credential_schema_of_v2()); }
Description describe_made() { return answers(201, credential_schema_of_v2()); }

Description describe_info() {
  return answers(200, schema::object({{"id", schema::integer()},
                                      {"name", schema::text_like("^[0-9A-F]{6}$")},
                                      {"label", schema::text()},
                                      {"cache_type", schema::choice({kCacheType})},
                                      {"plan", schema::integer()},
                                      {"provider", schema::text()},
                                      {"enabled", schema::truth()},
                                      {"cluster_name", schema::text()},
                                      {"servers", schema::list(schema::text())},
                                      {"credentials", schema::list(credential_schema_of_v2())},
                                      {"can_switch", schema::truth()},
                                      {"can_manage_credentials", schema::truth()},
                                      {"can_update_capabilities", schema::truth()}}));
}

Description describe_list() { return answers(200, schema::list(credential_schema_of_v2())); }

// Scripts may send back more than what is read, so this object is open.
Description describe_update() {
  const auto truth = [] { return schema::truth(); };
  http::Schema body = schema::body(
      {{"write_capability", truth()}, {"flush_capability", truth()}, {"api_capability", truth()}});
  body.keywords.erase("additionalProperties");
  return answers(200, schema::object({{"write_capability", truth()},
                                      {"flush_capability", truth()},
                                      {"api_capability", truth()}}))
      .takes(std::move(body));
}

using enum http::Method;

constexpr Row kRows[] = {
    {get, "/info", "What the cache is and how to reach it", &V2Cache::info, describe_info},
    {get, "/credentials", "The credentials of the cache", &V2Cache::list_credentials,
     describe_list},
    {post, "/credentials", "Create a credential", &V2Cache::create_credential, describe_made,
     kToRead},
    {patch, "/credentials/{username}", "Change what a credential may do",
     &V2Cache::update_credential, describe_update, kToRead},
    {http::Method::remove, "/credentials/{username}", "Delete a credential",
     &V2Cache::delete_credential, describe_done, kToRead},
    {post, "/credentials/primary/{username}", "Make a credential the primary one",
     &V2Cache::promote_credential, describe_credential, kToRead},
    {post, "/rotate_sso", "Give the cache a new single sign-on address", &V2Cache::rotate_sso,
     describe_text, kAll},
    {post, "/enable_cache", "Let clients in again", &V2Cache::enable, describe_done},
    {post, "/switch_cluster", "Move the cache to another cluster", &V2Cache::switch_cluster,
     describe_text},
    {post, "/flush", "Empty the cache", &V2Cache::flush, describe_emptied, kToFlush},
    {post, "/reset_stats", "Set the counters of the cache to 0", &V2Cache::reset_stats,
     describe_emptied},
};

}  // namespace

std::vector<V2Row> v2_cache_rows(const AdminServices& services) {
  const V2Cache cache(services);
  std::vector<V2Row> rows;
  for (const Row& row : kRows) {
    const auto answer = [cache, ask = row.answer](const V2Call& call) {
      return (cache.*ask)(call);
    };
    rows.push_back({row.method, row.path, row.summary, answer, row.describe(), row.needs});
  }
  return rows;
}

}  // namespace cachery::api
