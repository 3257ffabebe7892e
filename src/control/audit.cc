#include "control/audit.h"

#include <fmt/format.h>
#include <boost/json/serialize.hpp>
#include <utility>

#include "control/cache_records.h"
#include "control/transaction.h"

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

// What clients choose the length of.
void shorten(json::value& value) {
  if (json::string* text = value.if_string();
      text != nullptr && text->size() > kAuditTextBytesMax) {
    size_t end = kAuditTextBytesMax;
    while ((static_cast<unsigned char>((*text)[end]) & 0xc0) == 0x80) --end;  // within a character
    text->resize(end);
    text->append("...");
  }
  json::array* list = value.if_array();
  if (list == nullptr) return;
  const size_t more = list->size() > kAuditListMax ? list->size() - kAuditListMax : 0;
  if (more != 0) list->resize(kAuditListMax);
  for (json::value& one : *list) shorten(one);
  if (more != 0) list->emplace_back(fmt::format("and {} more", more));
}

void shorten(json::object& object) {
  for (auto& field : object) shorten(field.value());
}

// The team of a cache, where the note does not say it; a cache that is gone has none.
Status find_team(Records& records, AuditNote& what) {
  if (what.team != 0 || what.cache == 0) return {};
  const auto cache = records.caches().find(what.cache);
  if (!cache) return std::unexpected(cache.error());
  if (*cache) what.team = (*cache)->team;
  return {};
}

}  // namespace

Status Audit::note(Records& records, const Actor& actor, AuditNote what) const {
  if (auto found = find_team(records, what); !found) return found;
  keep_differences(what.before, what.after);
  shorten(what.before);
  shorten(what.after);
  const int64_t now = clock_.now().unix_seconds;
  AuditRecord record{.at_unix_seconds = now,
                     .actor = actor,
                     .action = std::move(what.action),
                     .object_kind = std::move(what.object_kind),
                     .object_id = std::move(what.object_id),
                     .cache = what.cache,
                     .team = what.team,
                     .before = json::serialize(what.before),
                     .after = json::serialize(what.after),
                     .last_unix_seconds = now};
  const auto repeated = records.audit().repeat(record, now - kAuditRepeatSeconds);
  if (!repeated) return std::unexpected(repeated.error());
  if (*repeated) return {};
  const auto id = records.next(kAuditIds);
  if (!id) return std::unexpected(id.error());
  record.id = *id;
  return records.audit().insert(record);
}

// In small transactions: the first run after an update may find millions.
Status Audit::prune(const Now& now) const {
  constexpr int64_t kDay = 24 * 3600;
  const auto days = static_cast<int64_t>(settings_.days_kept);
  for (uint64_t removed = 1; days != 0 && removed != 0;) {
    const auto done = write(store_, [&](Records& records) {
      return records.audit().prune_before(now.unix_seconds - days * kDay);
    });
    if (!done) return std::unexpected(done.error());
    removed = *done;
  }
  for (uint64_t removed = 1; settings_.rows_of_team_max != 0 && removed != 0;) {
    const auto done = write(store_, [&](Records& records) {
      return records.audit().keep_newest(settings_.rows_of_team_max);
    });
    if (!done) return std::unexpected(done.error());
    removed = *done;
  }
  return {};
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
