#include "api/openapi.h"

#include <memory>
#include <string>
#include <utility>

#include "api/describe.h"
#include "api/link_session.h"
#include "api/session.h"
#include "http/json.h"
#include "http/openapi.h"

namespace cachery::api {
namespace {

namespace json = http::json;

json::object proof_by_cookie(std::string_view name, std::string_view help) {
  return {{"type", "apiKey"},
          {"in", "cookie"},
          {"name", json::string_view(name.data(), name.size())},
          {"description", json::string_view(help.data(), help.size())}};
}

json::object proofs() {
  json::object all;
  all[kTokenProof] = {{"type", "http"},
                      {"scheme", "bearer"},
                      {"description", "The operator token, or a personal token of an account"}};
  all[kSessionProof] = proof_by_cookie(
      kSessionCookie, "The session of an account; a change needs the header X-CSRF-Token too");
  all[kLinkProof] =
      proof_by_cookie(kLinkCookie, "The session of a cache's single sign-on address; likewise");
  all[kCredentialProof] = {{"type", "http"},
                           {"scheme", "basic"},
                           {"description", "A credential of the cache with the api capability"}};
  return all;
}

}  // namespace

std::vector<http::Endpoint> with_openapi(std::vector<http::Endpoint> others,
                                         std::string_view version) {
  const auto text = std::make_shared<std::string>();  // shared: handlers are copied with the table
  others.push_back(
      {.method = http::Method::get,
       .path = "/api/openapi.json",
       .summary = "This description",
       .handler = [text](const http::Request&) { return http::without_secrets({.body = *text}); },
       .description = http::answers(200, http::schema::anything())});
  *text = json::serialize(http::openapi(
      others, {.title = "Cachery",
               .version = std::string(version),
               .description = "Memcache as a service: the admin API (/api/admin/v1), and the "
                              "analytics API in versions 1 and 2",
               .security_schemes = proofs()}));
  return others;
}

}  // namespace cachery::api
