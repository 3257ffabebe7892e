#include "control/audit.h"

#include <fmt/format.h>
#include <boost/json/serialize.hpp>

namespace cachery::control {
namespace {

namespace json = boost::json;

// What both have alike says nothing. An object that is made or gone is told whole.
void keep_differences(json::object& before, json::object& after) {
  if (before.empty() || after.empty()) return;
  for (auto field = before.begin(); field != before.end();) {
    const auto twin = after.find(field->key());
    if (twin == after.end() || twin->value() != field->value()) {
      ++field;
      continue;
    }
    after.stable_erase(twin);
    field = before.stable_erase(field);
  }
}

}  // namespace

Status Audit::note(Records& records, const Actor& actor, AuditNote what) const {
  const auto id = records.next(kAuditIds);
  if (!id) return std::unexpected(id.error());
  keep_differences(what.before, what.after);
  return records.audit().insert({.id = *id,
                                 .at_unix_seconds = clock_.now().unix_seconds,
                                 .actor = actor,
                                 .action = std::move(what.action),
                                 .object_kind = std::move(what.object_kind),
                                 .object_id = std::move(what.object_id),
                                 .cache = what.cache,
                                 .team = what.team,
                                 .before = json::serialize(what.before),
                                 .after = json::serialize(what.after)});
}

Result<AuditPage> Audit::list(AuditFilter filter) const {
  const uint32_t rows_max = filter.rows_max;
  if (rows_max == 0 || rows_max > kAuditPageRowsMax) {
    return fail(Fault::invalid, fmt::format("a page of {} rows cannot be had: ask for 1 to {}",
                                            rows_max, kAuditPageRowsMax));
  }
  filter.rows_max = rows_max + 1;  // one more than wanted tells whether there are more
  AuditPage page;
  const auto done = store_.read([&](Records& records) -> Status {
    auto rows = records.audit().list(filter);
    if (!rows) return std::unexpected(rows.error());
    page.rows = std::move(*rows);
    return {};
  });
  if (!done) return std::unexpected(done.error());
  page.has_more = page.rows.size() > rows_max;
  if (page.has_more) page.rows.pop_back();
  return page;
}

}  // namespace cachery::control
