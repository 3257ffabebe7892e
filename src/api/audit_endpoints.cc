// /audit of the admin API: who did what to what. Operators see all of it; others name a cache that
// they may see, or a team of theirs.
#include "api/admin.h"
#include "api/query.h"
#include "http/status.h"

namespace cachery::api {
namespace {

namespace json = http::json;
namespace schema = http::schema;
using http::Request;
using http::Response;

json::value to_json(const control::AuditRecord& row) {
  const control::Actor& actor = row.actor;
  json::error_code ignored;  // we wrote them
  return {{"id", row.id},
          {"at", row.at_unix_seconds},
          {"actor",
           {{"kind", control::name_of(actor.kind)},
            {"id", actor.id},
            {"name", actor.name},
            {"operator_id", actor.operator_id},
            {"address", actor.address}}},
          {"action", row.action},
          {"object", {{"kind", row.object_kind}, {"id", row.object_id}}},
          {"cache", row.cache == 0 ? json::value() : json::value(row.cache)},
          {"team", row.team == 0 ? json::value() : json::value(row.team)},
          {"before", json::parse(row.before, ignored)},
          {"after", json::parse(row.after, ignored)},
          {"times", row.times},
          {"last_at", row.last_unix_seconds}};
}

Result<control::AuditFilter> take_filter(const Request& request) {
  QueryFields query(request.query);
  control::AuditFilter filter;
  if (const auto cache = query.number("cache", UINT32_MAX)) {
    filter.cache = static_cast<control::CacheId>(*cache);
  }
  filter.team = query.number("team", INT64_MAX);
  filter.actor_kind = query.text("actor_kind");
  filter.actor_id = query.number("actor_id", INT64_MAX);
  filter.action = query.text("action");
  filter.object_kind = query.text("object_kind");
  filter.object_id = query.text("object_id");
  const auto since = query.number("since", INT64_MAX);
  const auto until = query.number("until", INT64_MAX);
  if (since) filter.since_unix_seconds = static_cast<int64_t>(*since);
  if (until) filter.until_unix_seconds = static_cast<int64_t>(*until);
  filter.before_id = query.number("before", INT64_MAX);
  const auto limit = query.number("limit", control::kAuditPageRowsMax);
  if (limit) filter.rows_max = static_cast<uint32_t>(*limit);
  if (auto good = query.finish(); !good) return std::unexpected(good.error());
  return filter;
}

// A cache that is gone for good is the operator's to look up, by its number.
Status check_filter(const control::Caches& caches, const control::AuditFilter& filter,
                    const Principal& principal) {
  if (principal.is_operator()) return {};
  if (filter.cache) {
    const auto cache = caches.find_record(std::to_string(*filter.cache));
    if (!cache) return std::unexpected(cache.error());
    return check_access(principal, *cache, Right::see);
  }
  if (filter.team) return check_team(principal, *filter.team, control::Role::read_only);
  return fail(Fault::forbidden, "say which \"cache\" or \"team\" of yours you want to see");
}

http::Schema row_schema() {
  const auto actor = schema::object({{"kind", schema::text()},
                                     {"id", schema::integer()},
                                     {"name", schema::text()},
                                     {"operator_id", schema::integer()},
                                     {"address", schema::text()}});
  const auto object = schema::object({{"kind", schema::text()}, {"id", schema::text()}});
  return schema::named("AuditRow", schema::object({{"id", schema::integer()},
                                                   {"at", schema::integer()},
                                                   {"actor", actor},
                                                   {"action", schema::text()},
                                                   {"object", object},
                                                   {"cache", schema::nullable(schema::integer())},
                                                   {"team", schema::nullable(schema::integer())},
                                                   {"before", schema::anything()},
                                                   {"after", schema::anything()},
                                                   {"times", schema::integer()},
                                                   {"last_at", schema::integer()}}));
}

http::Description describe_list() {
  return http::answers(200, schema::object({{"rows", schema::list(row_schema())},
                                            {"has_more", schema::truth()}}))
      .with_query("cache", schema::integer(0, UINT32_MAX))
      .with_query("team", schema::integer())
      .with_query("actor_kind", schema::text())
      .with_query("actor_id", schema::integer())
      .with_query("action", schema::text())
      .with_query("object_kind", schema::text())
      .with_query("object_id", schema::text())
      .with_query("since", schema::integer())
      .with_query("until", schema::integer())
      .with_query("before", schema::integer())
      .with_query("limit", schema::integer(1, control::kAuditPageRowsMax));
}

}  // namespace

std::vector<AdminRow> audit_rows(const AdminServices& services) {
  const auto list = [&caches = services.caches, &audit = services.audit](
                        const Request& request, const Principal& principal) {
    const auto filter = take_filter(request);
    if (!filter) return http::error_response(filter.error());
    if (auto allowed = check_filter(caches, *filter, principal); !allowed) {
      return http::error_response(allowed.error());
    }
    const auto page = audit.list(*filter);
    if (!page) return http::error_response(page.error());
    json::array rows;
    for (const control::AuditRecord& row : page->rows) rows.push_back(to_json(row));
    return http::without_secrets(
        http::json_response(200, {{"rows", std::move(rows)}, {"has_more", page->has_more}}));
  };
  return {{http::Method::get, "/audit", "Who did what to what, the newest first", list,
           describe_list()}};
}

}  // namespace cachery::api
