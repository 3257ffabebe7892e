// For tests: the admin API over the services of ServicesFixture, asked without a socket. An
// operator by the token "operator"; anybody else by `Bearer NAME`, once people[NAME] says who that
// is.
#pragma once

#include <map>
#include <string>

#include "api/admin.h"
#include "api/authorization.h"
#include "api/basic_fixture.h"
#include "api/link_session.h"
#include "api/v2_cache.h"
#include "control/db/services_fixture.h"
#include "http/json.h"
#include "http/target.h"

namespace cachery::api {

// Stands for every proof by which an account comes: sessions, personal tokens.
struct KnownPeople final : Proof {
  Result<std::optional<Principal>> prove(const http::Request& request) const override {
    const std::string_view header = request.header("Authorization");
    if (!header.starts_with("Bearer ")) return std::nullopt;
    const auto at = people.find(std::string(header.substr(7)));
    return at == people.end() ? std::optional<Principal>() : at->second;
  }
  std::map<std::string, Principal> people;
};

struct ApiFixture {
  // Path and query as a client writes them, below /api/admin/v1.
  http::Response ask(http::Method method, const std::string& target, const std::string& body = "",
                     const std::string& bearer = "operator") {
    return ask_with(method, std::string(kAdminBase) + target,
                    {{"Authorization", "Bearer " + bearer}}, body);
  }
  http::Response ask_with(http::Method method, const std::string& target, http::NamedValues headers,
                          const std::string& body = "") {
    auto parsed = http::parse_target(target).value();
    return router.handle({.method = method,
                          .segments = std::move(parsed.segments),
                          .query = std::move(parsed.query),
                          .headers = std::move(headers),
                          .body = body,
                          .peer = "192.0.2.1"});
  }
  http::json::value ask_json(http::Method method, const std::string& target,
                             const std::string& body = "", const std::string& bearer = "operator") {
    return http::json::parse(ask(method, target, body, bearer).body);
  }
  void add_person(const std::string& name, std::vector<Membership> memberships,
                  Scope scope = Scope::all) {
    people.people[name] = {.kind = PrincipalKind::account,
                           .actor = {.kind = control::ActorKind::account,
                                     .id = people.people.size() + 1,
                                     .name = name},
                           .memberships = std::move(memberships),
                           .scope = scope};
  }

  control::ServicesFixture services;
  ServiceAddresses addresses{{"cache.example.org:11211"}, {"cache.example.org:11219"}};
  OperatorToken token{"operator"};
  KnownPeople people;
  LinkProof link_proof{services.links};
  Principals principals{{&token, &people, &link_proof}};
  control::NodeWatch watch{services.node, services.clock};
  AdminServices admin{services.caches,
                      services.credentials,
                      services.plans,
                      services.clusters,
                      services.links,
                      services.audit,
                      services.node,
                      addresses,
                      watch,
                      services.quotas};
  BasicLogin login{services.publisher};
  http::Router router{[this] {
    auto all = admin_endpoints(principals, admin_rows(admin));
    for (http::Endpoint& one : caller_endpoints(principals)) all.push_back(std::move(one));
    for (http::Endpoint& one : link_endpoints(services.links)) all.push_back(std::move(one));
    for (http::Endpoint& one : v2_endpoints(login, v2_cache_rows(admin))) {
      all.push_back(std::move(one));
    }
    return all;
  }()};
};

}  // namespace cachery::api
