// Sessions and personal tokens at the HTTP door: the cookie, its CSRF header, and the two kinds of
// proof (principal.h). A cookie proves nothing on a change unless X-CSRF-Token equals the value of
// its session, which a foreign page can neither read nor guess; what comes from a page at all must
// come from one of ours (the Origin header), signing in included.
#pragma once

#include <string>
#include <string_view>

#include "api/principal.h"
#include "control/accounts_services.h"

namespace cachery::api {

inline constexpr std::string_view kSessionCookie = "cachery_session";

// Empty when there is none.
std::string_view session_secret_of(const http::Request& request);
// Set-Cookie's value. HttpOnly and SameSite=Lax always, Secure when the browser speaks TLS, to us
// or to a proxy before us.
std::string session_cookie(const control::NewSession& session, bool is_secure);
std::string ended_session_cookie();
control::Client client_of(const http::Request& request);
// forbidden: the Origin header names neither the address that the request was sent to nor `own`.
[[nodiscard]] Status check_origin(const http::Request& request, std::string_view own);

class SessionProof final : public Proof {
 public:
  explicit SessionProof(const control::AccountsServices& accounts) : accounts_(accounts) {}
  Result<std::optional<Principal>> prove(const http::Request& request) const override;

 private:
  const control::AccountsServices& accounts_;
};

class TokenProof final : public Proof {
 public:
  explicit TokenProof(const control::AccountsServices& accounts) : accounts_(accounts) {}
  Result<std::optional<Principal>> prove(const http::Request& request) const override;

 private:
  const control::AccountsServices& accounts_;
};

}  // namespace cachery::api
