#include "api/link_session.h"

#include <fmt/format.h>

#include "api/cookie.h"
#include "api/describe.h"
#include "api/query.h"
#include "http/status.h"

namespace cachery::api {
namespace {

http::Response begin(const control::CacheLinks& links, const http::Request& request) {
  const auto id = path_id(request, "cache");
  if (!id) return http::error_response(id.error());
  // What is no cache's id finds none: 0 never is.
  const auto cache = *id <= UINT32_MAX ? static_cast<control::CacheId>(*id) : control::CacheId{0};
  const auto session = links.begin(cache, request.parameter("secret"));
  if (!session) return http::error_response(session.error());
  http::Response response{.status = 303, .content_type = "text/plain"};
  response.headers = {
      {"Location", fmt::format("/caches/{}", cache)},
      {"Set-Cookie",
       fmt::format("{}={}; Path=/; Max-Age={}; HttpOnly; SameSite=Strict{}", kLinkCookie,
                   session->token, control::kLinkSessionSeconds, request.is_tls ? "; Secure" : "")},
      // The address is a secret: nobody may keep it or pass it on.
      {"Cache-Control", "no-store"},
      {"Referrer-Policy", "no-referrer"}};
  return response;
}

}  // namespace

Result<std::optional<Principal>> LinkProof::prove(const http::Request& request) const {
  const std::string_view token = cookie_value(request, kLinkCookie);
  if (token.empty()) return std::nullopt;
  const auto session = links_.check(token);
  if (!session) return std::unexpected(session.error());
  if (auto checked = check_csrf(request, session->csrf_token); !checked) {
    return std::unexpected(checked.error());
  }
  return Principal{.kind = PrincipalKind::link,
                   .actor = {.kind = control::ActorKind::link,
                             .name = fmt::format("link of cache {}", session->cache),
                             .address = request.peer},
                   .cache = session->cache,
                   .csrf_token = session->csrf_token};
}

std::vector<http::Endpoint> link_endpoints(const control::CacheLinks& links) {
  return {{.method = http::Method::get,
           .path = "/sso/{cache}/{secret}",
           .summary = "Begin a session for one cache by its single sign-on address",
           .handler = without_inner_words(
               [&links](const http::Request& request) { return begin(links, request); }),
           .description = describe_open(http::Method::get, "{cache}", http::answers(303))}};
}

}  // namespace cachery::api
