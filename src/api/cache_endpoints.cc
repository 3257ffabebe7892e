// /caches of the admin API: a team's caches, or everyone's for the operator.
#include <fmt/format.h>

#include "api/admin.h"
#include "api/cache_access.h"
#include "api/cache_json.h"
#include "api/latency_json.h"
#include "api/query.h"
#include "http/status.h"

namespace cachery::api {
namespace {

namespace json = http::json;
namespace schema = http::schema;
using control::CacheDetails;
using http::answers;
using http::Description;
using http::Request;
using http::Response;

// control::check_cache_name() as a pattern.
http::Schema name_schema() {
  return schema::text_like(
      R"(^(?![0-9]*$)[A-Za-z0-9_.][-A-Za-z0-9_. ]{0,62}[-A-Za-z0-9_.]$|^[A-Za-z_.]$)");
}

constexpr uint64_t kTeamIdMax = INT64_MAX;  // what a database can keep

Status check_size(const control::CacheSize& size, const Principal& principal) {
  if (size.mib == 0) return {};
  if (principal.is_operator()) return {};
  return fail(Fault::forbidden, "size_mib is for operators: choose a plan");
}

// The team that a new cache is for: the one that is named, or the only one there is.
Result<control::TeamId> team_of(const Principal& principal, std::optional<uint64_t> named) {
  if (principal.kind != PrincipalKind::operator_ && principal.kind != PrincipalKind::account) {
    return fail(Fault::forbidden, "caches are made by members of a team: sign in");
  }
  if (!named && !principal.is_operator()) {
    if (principal.memberships.size() != 1) {
      return fail(Fault::invalid, "give the \"team\" that the cache is for");
    }
    named = principal.memberships.front().team;
  }
  const control::TeamId team = named.value_or(0);
  if (team == 0 && principal.is_operator()) return team;
  if (auto allowed = check_team(principal, team, control::Role::member); !allowed) {
    return std::unexpected(allowed.error());
  }
  return team;
}

class CacheEndpoints {
 public:
  explicit CacheEndpoints(const AdminServices& services)
      : services_(services), view_{services.addresses, services.node} {}

  Response list(const Request& request, const Principal& principal) const {
    QueryFields query(request.query);
    const auto team = query.number("team", kTeamIdMax);
    control::CacheFilter filter{.is_deleted = query.truth("deleted").value_or(false)};
    if (!query.truth("passwords").value_or(true)) filter.secrets = control::Secrets::left_sealed;
    filter.page.after =
        static_cast<control::CacheId>(query.number("after", UINT32_MAX).value_or(0));
    const auto limit = query.number("limit", control::kCachesPageMax);
    if (auto good = query.finish(); !good) return http::error_response(good.error());
    if (limit == uint64_t{0}) return no_page();
    if (limit) filter.page.count_max = static_cast<uint32_t>(*limit) + 1;  // is there another page?
    if (team) {
      auto allowed = check_team(principal, *team, control::Role::read_only);
      if (!allowed) return http::error_response(allowed.error());
      filter.teams = {{*team}};
    } else if (!principal.is_operator()) {
      filter.teams.emplace();
      for (const Membership& one : principal.memberships) filter.teams->push_back(one.team);
    }
    return list(filter, principal);
  }

  Response create(const Request& request, const Principal& principal) const {
    auto fields = read_fields(request);
    if (!fields) return http::error_response(fields.error());
    control::NewCache wanted;
    wanted.name = fields->text("name").value_or("");
    wanted.size = take_size(*fields);
    wanted.region = fields->text("region").value_or("");
    const auto named = fields->number("team", kTeamIdMax);
    if (auto good = fields->finish(); !good) return http::error_response(good.error());
    const auto team = team_of(principal, named);
    if (!team) return http::error_response(team.error());
    wanted.team = *team;
    if (auto good = check_size(wanted.size, principal); !good) {
      return http::error_response(good.error());
    }
    wanted.bound = bound_for(principal);
    return respond(services_.caches.create(principal.actor, wanted), principal, 201);
  }

  Response show(const Request& request, const Principal& principal) const {
    return respond(find_cache(services_.caches, request, principal, Right::see), principal);
  }

  Response update(const Request& request, const Principal& principal) const {
    const auto found = find_cache_record(services_.caches, request, principal, Right::change);
    if (!found) return http::error_response(found.error());
    auto fields = read_fields(request);
    if (!fields) return http::error_response(fields.error());
    control::CachePatch patch;
    patch.name = fields->text("name");
    patch.is_enabled = fields->truth("enabled");
    patch.team = fields->number("team", kTeamIdMax);
    patch.by =
        principal.is_operator() ? control::DisabledBy::operator_ : control::DisabledBy::owner;
    patch.bound = bound_for(principal);
    const control::CacheSize size = take_size(*fields);
    if (!size.plan.empty() || size.mib != 0) patch.size = size;
    if (auto good = fields->finish(); !good) return http::error_response(good.error());
    if (auto good = check_patch(patch, *found, principal); !good) {
      return http::error_response(good.error());
    }
    return respond(services_.caches.update(principal.actor, found->id, patch), principal);
  }

  Response remove(const Request& request, const Principal& principal) const {
    QueryFields query(request.query);
    const bool is_for_good = query.truth("purge").value_or(false);
    if (auto good = query.finish(); !good) return http::error_response(good.error());
    if (is_for_good) return purge(request, principal);
    const auto found = find_cache_record(services_.caches, request, principal, Right::manage);
    if (!found) return http::error_response(found.error());
    return api::respond(services_.caches.remove(principal.actor, found->id));
  }

  Response restore(const Request& request, const Principal& principal) const {
    const auto id = path_id(request, "cache");
    if (!id || *id > UINT32_MAX) return no_such_cache(request);
    const auto found = services_.caches.find_deleted(static_cast<control::CacheId>(*id));
    if (!found) return http::error_response(found.error());
    if (auto allowed = check_access(principal, *found, Right::manage); !allowed) {
      return http::error_response(allowed.error());
    }
    auto fields = read_fields(request);
    if (!fields) return http::error_response(fields.error());
    const auto name = fields->text("name");
    if (auto good = fields->finish(); !good) return http::error_response(good.error());
    return respond(services_.caches.restore(principal.actor, found->id, name), principal);
  }

  Response flush(const Request& request, const Principal& principal) const {
    const auto found = find_cache_record(services_.caches, request, principal, Right::change);
    if (!found) return http::error_response(found.error());
    return api::respond(services_.caches.flush(principal.actor, found->id));
  }

  Response show_stats(const Request& request, const Principal& principal) const {
    const auto found = find_cache_record(services_.caches, request, principal, Right::see);
    if (!found) return http::error_response(found.error());
    const auto counters = services_.node.counters(found->id);
    if (!counters) return http::error_response(counters.error());
    json::object stats;
    for (size_t i = 0; i < tenant::kCounterCount; ++i) {
      stats[tenant::kCounters[i].name] = counters->values[i];
    }
    return http::json_response(
        200,
        {{"stats", std::move(stats)},
         {"latency", api::to_json(services_.watch.latencies(found->id), services_.addresses)}});
  }

  Response reset_stats(const Request& request, const Principal& principal) const {
    const auto found = find_cache_record(services_.caches, request, principal, Right::change);
    if (!found) return http::error_response(found.error());
    return api::respond(services_.caches.reset_counters(principal.actor, found->id));
  }

  Response rotate_sso(const Request& request, const Principal& principal) const {
    const auto found =
        find_cache_record(services_.caches, request, principal, Right::change_passwords);
    if (!found) return http::error_response(found.error());
    const auto secret = services_.links.rotate(principal.actor, found->id);
    if (!secret) return http::error_response(secret.error());
    return http::json_response(200, {{"sso_path", link_path(found->id, *secret)}});
  }

 private:
  // A change of what it costs or whose it is needs more than a change of its name.
  static Status check_patch(const control::CachePatch& patch, const control::CacheRecord& cache,
                            const Principal& principal) {
    if (patch.size || patch.team) {
      if (auto allowed = check_access(principal, cache, Right::manage); !allowed) return allowed;
    }
    if (patch.size) {
      if (auto allowed = check_size(*patch.size, principal); !allowed) return allowed;
    }
    if (!patch.team || *patch.team == cache.team) return {};
    return check_move(cache, *patch.team, principal);
  }

  // It takes the cache from everybody of the one team and gives it, passwords included, to
  // everybody of the other: an owner's right in both.
  static Status check_move(const control::CacheRecord& cache, control::TeamId wanted,
                           const Principal& principal) {
    for (const control::TeamId team : {cache.team, wanted}) {
      if (auto allowed = check_team(principal, team, control::Role::owner); !allowed) {
        return allowed;
      }
    }
    return check_access(principal, cache, Right::change_passwords);
  }

  static Response no_page() {
    return http::error_response(
        {Fault::invalid, fmt::format("\"limit\" must be from 1 to {}", control::kCachesPageMax)});
  }

  static Response no_such_cache(const Request& request) {
    return http::error_response(control::no_such_cache(request.parameter("cache")).error());
  }

  Response purge(const Request& request, const Principal& principal) const {
    if (auto allowed = check_operator(principal); !allowed) {
      return http::error_response(allowed.error());
    }
    const auto found = services_.caches.find_record(request.parameter("cache"));
    if (found) return api::respond(services_.caches.purge(principal.actor, found->id));
    const auto id = path_id(request, "cache");  // one that is deleted already
    if (!id || *id > UINT32_MAX) return http::error_response(found.error());
    return api::respond(
        services_.caches.purge(principal.actor, static_cast<control::CacheId>(*id)));
  }

  Response list(const control::CacheFilter& filter, const Principal& principal) const {
    if (principal.kind == PrincipalKind::link) return list_one(filter, principal);
    auto all = services_.caches.list(filter);
    if (!all) return http::error_response(all.error());
    const bool has_more = all->size() == filter.page.count_max;
    if (has_more) all->pop_back();
    const bool is_sealed = filter.secrets == control::Secrets::left_sealed;
    http::JsonList caches("caches");
    for (const CacheDetails& one : *all) caches.add(to_json(one, principal, filter.secrets));
    Response response = std::move(caches).respond({{"has_more", has_more}});
    return is_sealed ? http::without_secrets(std::move(response)) : response;
  }

  // A link session sees one cache and no team.
  Response list_one(const control::CacheFilter& filter, const Principal& principal) const {
    json::array caches;
    if (!filter.is_deleted && principal.cache > filter.page.after) {
      const auto one = services_.caches.find(std::to_string(principal.cache));
      if (!one && one.error().fault != Fault::not_found) return http::error_response(one.error());
      if (one) caches.push_back(to_json(*one, principal, filter.secrets));
    }
    return http::json_response(200, {{"caches", std::move(caches)}, {"has_more", false}});
  }

  json::value to_json(const CacheDetails& cache, const Principal& principal,
                      control::Secrets secrets = control::Secrets::opened) const {
    const bool is_shown =
        secrets == control::Secrets::opened && may(principal, cache.cache, Right::see_passwords);
    auto shown = view_.to_json(cache, is_shown ? Passwords::shown : Passwords::hidden);
    // Whoever has the address of one cache need not know whose it is.
    if (principal.kind == PrincipalKind::link) shown.as_object()["team_name"] = nullptr;
    return shown;
  }

  Response respond(const Result<CacheDetails>& cache, const Principal& principal,
                   int status = 200) const {
    if (!cache) return http::error_response(cache.error());
    return http::json_response(status, to_json(*cache, principal));
  }

  AdminServices services_;
  CacheView view_;
};

struct Row {
  http::Method method;
  const char* path;
  const char* summary;
  Response (CacheEndpoints::*answer)(const Request&, const Principal&) const;
  Description (*describe)();
};

Description describe_one() { return answers(200, cache_schema()); }
Description describe_done() { return answers(204); }

Description describe_list() {
  return answers(200, schema::object({{"caches", schema::list(cache_schema())},
                                      {"has_more", schema::truth()}}))
      .with_query("team", schema::integer())
      .with_query("deleted", schema::truth())
      .with_query("passwords", schema::truth())
      .with_query("after", schema::integer(0, UINT32_MAX))
      .with_query("limit", schema::integer(1, control::kCachesPageMax));
}

Description describe_create() {
  return answers(201, cache_schema())
      .takes(schema::body({{"name", name_schema()},
                           {"plan", schema::text()},
                           {"size_mib", schema::integer(0, control::kCustomMibMax)},
                           {"region", schema::text()},
                           {"team", schema::integer()}},
                          {"name"}));
}

Description describe_update() {
  return describe_one().takes(
      schema::body({{"name", name_schema()},
                    {"plan", schema::text()},
                    {"size_mib", schema::integer(0, control::kCustomMibMax)},
                    {"enabled", schema::truth()},
                    {"team", schema::integer()}}));
}

Description describe_remove() { return answers(204).with_query("purge", schema::truth()); }

Description describe_restore() {
  return describe_one().takes(schema::body({{"name", name_schema()}}));
}

Description describe_stats() {
  return answers(200, schema::object({{"stats", schema::map_of(schema::integer())},
                                      {"latency", latencies_schema()}}));
}

Description describe_rotated() {
  return answers(200, schema::object({{"sso_path", schema::text()}}));
}

using enum http::Method;

constexpr Row kRows[] = {
    {get, "/caches", "The caches that you may see, with their usage", &CacheEndpoints::list,
     describe_list},
    {post, "/caches", "Create a cache: name, plan, region, team", &CacheEndpoints::create,
     describe_create},
    {get, "/caches/{cache}", "One cache, by id or name", &CacheEndpoints::show, describe_one},
    {patch, "/caches/{cache}", "Change name, plan, enabled, team", &CacheEndpoints::update,
     describe_update},
    {http::Method::remove, "/caches/{cache}", "Delete a cache, with a day to undo it",
     &CacheEndpoints::remove, describe_remove},
    {post, "/caches/{cache}/restore", "Undo the deletion of a cache", &CacheEndpoints::restore,
     describe_restore},
    {post, "/caches/{cache}/flush", "Empty a cache", &CacheEndpoints::flush, describe_done},
    {get, "/caches/{cache}/stats", "The counters of a cache", &CacheEndpoints::show_stats,
     describe_stats},
    {post, "/caches/{cache}/stats/reset", "Set the counters of a cache to 0",
     &CacheEndpoints::reset_stats, describe_done},
    {post, "/caches/{cache}/rotate_sso", "Give a cache a new single sign-on address",
     &CacheEndpoints::rotate_sso, describe_rotated},
};

}  // namespace

std::vector<AdminRow> cache_rows(const AdminServices& services) {
  const CacheEndpoints caches(services);
  std::vector<AdminRow> rows;
  for (const Row& row : kRows) {
    const auto answer = [caches, ask = row.answer](const Request& request,
                                                   const Principal& principal) {
      return (caches.*ask)(request, principal);
    };
    rows.push_back({row.method, row.path, row.summary, answer, row.describe()});
  }
  return rows;
}

}  // namespace cachery::api
