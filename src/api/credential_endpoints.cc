// /caches/{cache}/credentials of the admin API.
#include "api/admin.h"
#include "api/cache_access.h"
#include "api/cache_json.h"
#include "api/query.h"
#include "http/status.h"

namespace cachery::api {
namespace {

namespace json = http::json;
namespace schema = http::schema;
using http::answers;
using http::Description;
using http::Request;
using http::Response;

// To those alone who may change what opens the cache, so its password is shown.
Response respond(const Result<control::OpenCredential>& credential, int status = 200) {
  if (!credential) return http::error_response(credential.error());
  return http::json_response(status, to_json(*credential, Passwords::shown));
}

Passwords passwords_for(const Principal& principal, const control::CacheRecord& cache) {
  return may(principal, cache, Right::see_passwords) ? Passwords::shown : Passwords::hidden;
}

// A person, an operator or a single sign-on session: each holds all that a credential can have.
control::CredentialCaller caller_of(const Principal& principal) {
  return {.actor = principal.actor, .is_operator = principal.is_operator()};
}

class CredentialEndpoints {
 public:
  explicit CredentialEndpoints(const AdminServices& services)
      : caches_(services.caches), credentials_(services.credentials) {}

  Response list(const Request& request, const Principal& principal) const {
    const auto found = find_cache(caches_, request, principal, Right::see);
    if (!found) return http::error_response(found.error());
    const Passwords passwords = passwords_for(principal, found->cache);
    json::array credentials;
    for (const auto& one : found->credentials) credentials.push_back(to_json(one, passwords));
    return http::json_response(200, {{"credentials", std::move(credentials)}});
  }

  Response create(const Request& request, const Principal& principal) const {
    const auto found = find_cache_record(caches_, request, principal, Right::change_passwords);
    auto fields = read_fields(request);
    if (!found || !fields) return http::error_response(!found ? found.error() : fields.error());
    const auto wanted = take_credential(*fields);
    if (auto good = fields->finish(); !good) return http::error_response(good.error());
    return respond(credentials_.create(caller_of(principal), found->id, wanted), 201);
  }

  Response update(const Request& request, const Principal& principal) const {
    const auto found = find_cache_record(caches_, request, principal, Right::change_passwords);
    const auto id = path_id(request, "credential");
    if (!found || !id) return http::error_response(!found ? found.error() : id.error());
    auto fields = read_fields(request);
    if (!fields) return http::error_response(fields.error());
    const auto patch = take_credential(*fields);
    if (auto good = fields->finish(); !good) return http::error_response(good.error());
    return respond(credentials_.update(caller_of(principal), found->id, *id, patch));
  }

  Response promote(const Request& request, const Principal& principal) const {
    const auto found = find_cache_record(caches_, request, principal, Right::change_passwords);
    const auto id = path_id(request, "credential");
    if (!found || !id) return http::error_response(!found ? found.error() : id.error());
    return respond(credentials_.promote(caller_of(principal), found->id, *id));
  }

  Response remove(const Request& request, const Principal& principal) const {
    const auto found = find_cache_record(caches_, request, principal, Right::change_passwords);
    const auto id = path_id(request, "credential");
    if (!found || !id) return http::error_response(!found ? found.error() : id.error());
    return api::respond(credentials_.remove(caller_of(principal), found->id, *id));
  }

 private:
  control::Caches& caches_;
  control::Credentials& credentials_;
};

struct Row {
  http::Method method;
  const char* path;
  const char* summary;
  Response (CredentialEndpoints::*answer)(const Request&, const Principal&) const;
  Description (*describe)();
};

Description describe_one() { return answers(200, credential_schema()); }

Description describe_list() {
  return answers(200, schema::object({{"credentials", schema::list(credential_schema())}}));
}

Description describe_create() {
  return answers(201, credential_schema()).takes(credential_body_schema());
}

Description describe_update() { return describe_one().takes(credential_body_schema()); }
Description describe_remove() { return answers(204); }

using enum http::Method;

constexpr Row kRows[] = {
    {get, "/caches/{cache}/credentials", "The credentials of a cache", &CredentialEndpoints::list,
     describe_list},
    {post, "/caches/{cache}/credentials", "Create a credential", &CredentialEndpoints::create,
     describe_create},
    {patch, "/caches/{cache}/credentials/{credential}",
     "Change what a credential may do and how it is used", &CredentialEndpoints::update,
     describe_update},
    {post, "/caches/{cache}/credentials/{credential}/promote", "Make a credential the primary one",
     &CredentialEndpoints::promote, describe_one},
    {http::Method::remove, "/caches/{cache}/credentials/{credential}", "Delete a credential",
     &CredentialEndpoints::remove, describe_remove},
};

}  // namespace

std::vector<AdminRow> credential_rows(const AdminServices& services) {
  const CredentialEndpoints credentials(services);
  std::vector<AdminRow> rows;
  for (const Row& row : kRows) {
    const auto answer = [credentials, ask = row.answer](const Request& request,
                                                        const Principal& principal) {
      return (credentials.*ask)(request, principal);
    };
    rows.push_back({row.method, row.path, row.summary, answer, row.describe()});
  }
  return rows;
}

}  // namespace cachery::api
