#include "api/admin.h"

#include <fmt/format.h>

#include <charconv>

#include "api/cache_json.h"
#include "control/plans.h"
#include "http/status.h"

namespace cachery::api {
namespace {

namespace json = http::json;
using control::CacheDetails;
using control::CacheId;
using control::CredentialId;
using http::JsonFields;
using http::Request;
using http::Response;

Response no_content() { return Response{.status = 204}; }

Response respond(const Status& done) {
  return done ? no_content() : http::error_response(done.error());
}

Result<JsonFields> read_fields(const Request& request) {
  auto object = http::parse_object(request.body);
  if (!object) return std::unexpected(object.error());
  return JsonFields(std::move(*object));
}

Result<CredentialId> credential_id(const Request& request) {
  const std::string_view text = request.parameter("credential");
  CredentialId id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error == std::errc{} && end == text.data() + text.size()) return id;
  return fail(Fault::not_found, fmt::format("\"{}\" is not a credential's id", text));
}

class Admin {
 public:
  explicit Admin(const AdminServices& services) : services_(services) {}

  Response list_plans(const Request&) const {
    json::array plans;
    for (const control::Plan& plan : control::plans()) {
      plans.push_back({{"slug", plan.slug},
                       {"size_mib", plan.mib},
                       {"limit_bytes", control::limit_bytes_of(plan.mib)},
                       {"connections_max", plan.connections_max},
                       {"requests_per_second", plan.requests_per_second},
                       {"bytes_per_second", plan.bytes_per_second}});
    }
    return http::json_response(200, {{"plans", std::move(plans)}});
  }

  Response list_caches(const Request&) const {
    const auto all = services_.caches.list();
    if (!all) return http::error_response(all.error());
    json::array caches;
    for (const CacheDetails& one : *all) caches.push_back(to_json(one, services_.addresses));
    return http::json_response(200, {{"caches", std::move(caches)}});
  }

  Response create_cache(const Request& request) const {
    auto fields = read_fields(request);
    if (!fields) return http::error_response(fields.error());
    control::NewCache wanted;
    wanted.name = fields->text("name").value_or("");
    wanted.size = take_size(*fields);
    if (auto finished = fields->finish(); !finished) return http::error_response(finished.error());
    return respond(services_.caches.create(wanted), 201);
  }

  Response show_cache(const Request& request) const { return respond(find(request)); }

  Response update_cache(const Request& request) const {
    const auto found = find(request);
    auto fields = read_fields(request);
    if (!found || !fields) return http::error_response(!found ? found.error() : fields.error());
    control::CachePatch patch;
    patch.name = fields->text("name");
    patch.is_enabled = fields->truth("enabled");
    const control::CacheSize size = take_size(*fields);
    if (!size.plan.empty() || size.mib != 0) patch.size = size;
    if (auto finished = fields->finish(); !finished) return http::error_response(finished.error());
    return respond(services_.caches.update(found->cache.id, patch));
  }

  Response delete_cache(const Request& request) const {
    const auto found = find(request);
    if (!found) return http::error_response(found.error());
    return api::respond(services_.caches.remove(found->cache.id));
  }

  Response flush_cache(const Request& request) const {
    const auto found = find(request);
    if (!found) return http::error_response(found.error());
    return api::respond(services_.caches.flush(found->cache.id));
  }

  Response show_stats(const Request& request) const {
    const auto found = find(request);
    if (!found) return http::error_response(found.error());
    const auto counters = services_.node.counters(found->cache.id);
    if (!counters) return http::error_response(counters.error());
    json::object stats;
    for (size_t i = 0; i < tenant::kCounterCount; ++i) {
      stats[tenant::kCounters[i].name] = counters->values[i];
    }
    return http::json_response(200, {{"stats", std::move(stats)}});
  }

  Response reset_stats(const Request& request) const {
    const auto found = find(request);
    if (!found) return http::error_response(found.error());
    return api::respond(services_.node.reset_counters(found->cache.id));
  }

  Response list_credentials(const Request& request) const {
    const auto found = find(request);
    if (!found) return http::error_response(found.error());
    json::array credentials;
    for (const auto& one : found->credentials) credentials.push_back(to_json(one));
    return http::json_response(200, {{"credentials", std::move(credentials)}});
  }

  Response create_credential(const Request& request) const {
    const auto found = find(request);
    auto fields = read_fields(request);
    if (!found || !fields) return http::error_response(!found ? found.error() : fields.error());
    const auto wanted = take_credential(*fields);
    if (auto finished = fields->finish(); !finished) return http::error_response(finished.error());
    return respond(services_.credentials.create(found->cache.id, wanted), 201);
  }

  Response update_credential(const Request& request) const {
    const auto found = find(request);
    const auto id = credential_id(request);
    if (!found || !id) return http::error_response(!found ? found.error() : id.error());
    auto fields = read_fields(request);
    if (!fields) return http::error_response(fields.error());
    const auto patch = take_credential(*fields);
    if (auto finished = fields->finish(); !finished) return http::error_response(finished.error());
    return respond(services_.credentials.update(found->cache.id, *id, patch));
  }

  Response promote_credential(const Request& request) const {
    const auto found = find(request);
    const auto id = credential_id(request);
    if (!found || !id) return http::error_response(!found ? found.error() : id.error());
    return respond(services_.credentials.promote(found->cache.id, *id));
  }

  Response delete_credential(const Request& request) const {
    const auto found = find(request);
    const auto id = credential_id(request);
    if (!found || !id) return http::error_response(!found ? found.error() : id.error());
    return api::respond(services_.credentials.remove(found->cache.id, *id));
  }

 private:
  Result<CacheDetails> find(const Request& request) const {
    return services_.caches.find(request.parameter("cache"));
  }

  Response respond(const Result<CacheDetails>& cache, int status = 200) const {
    if (!cache) return http::error_response(cache.error());
    return http::json_response(status, to_json(*cache, services_.addresses));
  }

  Response respond(const Result<control::OpenCredential>& credential, int status = 200) const {
    if (!credential) return http::error_response(credential.error());
    return http::json_response(status, to_json(*credential));
  }

  AdminServices services_;
};

struct Row {
  http::Method method;
  const char* path;
  const char* summary;
  Response (Admin::*answer)(const Request&) const;
};

using enum http::Method;

constexpr Row kRows[] = {
    {get, "/plans", "The plans that a cache can have", &Admin::list_plans},
    {get, "/caches", "Every cache with its credentials", &Admin::list_caches},
    {post, "/caches", "Create a cache: name, and plan or size_mib", &Admin::create_cache},
    {get, "/caches/{cache}", "One cache, by id or name", &Admin::show_cache},
    {patch, "/caches/{cache}", "Change name, plan or size_mib, enabled", &Admin::update_cache},
    {http::Method::remove, "/caches/{cache}", "Delete a cache", &Admin::delete_cache},
    {post, "/caches/{cache}/flush", "Empty a cache", &Admin::flush_cache},
    {get, "/caches/{cache}/stats", "The counters of a cache", &Admin::show_stats},
    {post, "/caches/{cache}/stats/reset", "Set the counters of a cache to 0", &Admin::reset_stats},
    {get, "/caches/{cache}/credentials", "The credentials of a cache", &Admin::list_credentials},
    {post, "/caches/{cache}/credentials", "Create a credential", &Admin::create_credential},
    {patch, "/caches/{cache}/credentials/{credential}",
     "Change what a credential may do and how it is used", &Admin::update_credential},
    {post, "/caches/{cache}/credentials/{credential}/promote",
     "Make a credential the primary one", &Admin::promote_credential},
    {http::Method::remove, "/caches/{cache}/credentials/{credential}", "Delete a credential",
     &Admin::delete_credential},
};

}  // namespace

std::vector<http::Endpoint> admin_endpoints(const AdminServices& services) {
  std::vector<http::Endpoint> endpoints;
  const Admin admin(services);
  for (const Row& row : kRows) {
    const auto answer = [admin, ask = row.answer](const Request& request) {
      return (admin.*ask)(request);
    };
    endpoints.push_back({.method = row.method,
                         .path = std::string("/api/admin/v1") + row.path,
                         .summary = row.summary,
                         .handler = services.token.guard(answer)});
  }
  return endpoints;
}

}  // namespace cachery::api
