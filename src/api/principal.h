// Who a request comes from, and the one place that says what he may do with a cache. Kinds of proof
// (the operator token, a session, a personal token, a link session) plug in by one interface and
// are asked in turn; an endpoint is handed the Principal and asks check_access before it does
// anything to a cache. docs/control-plane.md has the table that this file puts into force.
// Rejected: roles checked by each endpoint, which is right until the first one forgets.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api/cookie.h"
#include "api/request_rates.h"
#include "base/error.h"
#include "control/actor.h"
#include "control/cache_records.h"
#include "control/role.h"
#include "http/known_clients.h"
#include "http/router.h"

namespace cachery::api {

enum class PrincipalKind : uint8_t { operator_, account, credential, link };

std::string_view name_of(PrincipalKind kind);  // as the API tells it: "operator", ...

struct Membership {
  control::TeamId team = 0;
  control::Role role = control::Role::read_only;
};

enum class Scope : uint8_t { all, read_only };  // a personal token may be for reading alone

struct Principal {
  PrincipalKind kind = PrincipalKind::link;
  control::Actor actor = {};                 // for the services that it has change something
  std::vector<Membership> memberships = {};  // account
  control::CacheId cache = 0;                // credential, link: the only one there is for it
  Scope scope = Scope::all;
  // Sees secrets and decides who gets in: a personal token without `credentials` does neither.
  bool handles_access = true;
  std::string csrf_token = {};  // of a proof by cookie: told by GET /me

  bool is_operator() const { return kind == PrincipalKind::operator_; }
  // Nothing: not a member.
  std::optional<control::Role> role_in(control::TeamId team) const;
};

// In the order of power: who may do one may do all before it.
enum class Right : uint8_t {
  see,               // the cache, its counters, its history
  see_passwords,     // and those of its credentials, and its single sign-on address
  change,            // its name, contents, whether it is enabled
  change_passwords,  // what opens it: its credentials, its single sign-on address
  manage,            // what it costs and whether it is there: plan, team, delete, restore
};

// not_found, as if there were no such cache: it may not see it. forbidden: it may see it, but this
// is more.
[[nodiscard]] Status check_access(const Principal& principal, const control::CacheRecord& cache,
                                  Right right);
bool may(const Principal& principal, const control::CacheRecord& cache, Right right);
// forbidden for a personal token without the scope `credentials`: where an answer would be a
// secret, and where somebody else is given access or loses it (teams, invitations, operators),
// which would let the token make a person who sees what it may not.
[[nodiscard]] Status check_handles_access(const Principal& principal);
// The same for a team: not_found for who is no member, forbidden below `role`. The operator may
// all.
[[nodiscard]] Status check_team(const Principal& principal, control::TeamId team,
                                control::Role role);
// forbidden for all but the operator.
[[nodiscard]] Status check_operator(const Principal& principal);

// A kind of proof. Any thread.
class Proof {
 public:
  virtual ~Proof() = default;
  // Nothing: the request bears no proof of this kind. unauthorized: it bears one that is wrong,
  // ended or expired. Either way the next one is asked: a browser keeps the cookie of a session
  // long after that has ended. forbidden: a good one that is not enough, as a cookie without the
  // CSRF header on a change.
  [[nodiscard]] virtual Result<std::optional<Principal>> prove(
      const http::Request& request) const = 0;
};

// A failure of ours as tenants and strangers are told of it: that it happened, and to try again.
// Its words (a database's, a path, an address) are for operators; they are logged.
http::Response without_inner_words(http::Response response);
http::Handler without_inner_words(http::Handler handler);

using PrincipalHandler = std::function<http::Response(const http::Request&, const Principal&)>;

class Principals {
 public:
  // In the order in which they are asked. `rates`: how often one principal may ask; null: without a
  // bound. `known`: where the addresses of those are noted who proved who they are; null: nowhere.
  // All must outlive it and its handlers.
  explicit Principals(std::vector<const Proof*> proofs, RequestRates* rates = nullptr,
                      http::KnownClients* known = nullptr)
      : proofs_(std::move(proofs)), rates_(rates), known_(known) {}

  // unauthorized: no proof at all, or a wrong one.
  [[nodiscard]] Result<Principal> resolve(const http::Request& request) const;
  // The handler, reached by those only who prove who they are. A principal that may only read
  // (Scope::read_only) reaches no method but GET: forbidden. One that asks too often: 429.
  // Operators alone are told the words of a failure of ours.
  http::Handler guard(PrincipalHandler handler) const;

 private:
  // The seconds to wait; 0: go on.
  uint32_t take_rate(const Principal& principal, http::Method method) const;

  std::vector<const Proof*> proofs_;
  RequestRates* rates_;
  http::KnownClients* known_;
};

}  // namespace cachery::api
