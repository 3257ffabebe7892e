#include "control/flush_log.h"

#include <fmt/format.h>

#include <iterator>
#include <set>

#include "control/cache_records.h"
#include "control/transaction.h"

namespace cachery::control {
namespace {

// What is done again within a minute is counted in its row.
Status insert(Records& records, FlushRecord flush) {
  flush.last_unix_seconds = flush.at_unix_seconds;
  const auto repeated =
      records.flushes().repeat(flush, flush.at_unix_seconds - kFlushRepeatSeconds);
  if (!repeated) return std::unexpected(repeated.error());
  if (*repeated) return {};
  const auto id = records.next(kFlushIds);
  if (!id) return std::unexpected(id.error());
  flush.id = *id;
  return records.flushes().insert(flush);
}

// Of caches that are still there: one may have been deleted since.
Status insert_taken(Records& records, const std::vector<tenant::ClientFlush>& taken) {
  std::set<tenant::CacheId> caches;
  for (const tenant::ClientFlush& flush : taken) {
    const auto cache = records.caches().find(flush.cache);
    if (!cache) return std::unexpected(cache.error());
    if (!*cache) continue;
    const Status done = insert(records, {.cache = flush.cache,
                                         .at_unix_seconds = flush.unix_seconds,
                                         .node = flush.node,
                                         .origin = FlushOrigin::memcache_client,
                                         .credential = flush.credential,
                                         .address = flush.address,
                                         .times = flush.times});
    if (!done) return done;
    caches.insert(flush.cache);
  }
  for (const tenant::CacheId cache : caches) {
    const Status done = records.flushes().keep_newest(cache, kFlushesKept);
    if (!done) return done;
  }
  return {};
}

}  // namespace

FlushOrigin flush_origin_of(ActorKind kind) {
  switch (kind) {
    case ActorKind::account:
    case ActorKind::support:
    case ActorKind::link:
      return FlushOrigin::web_interface;
    case ActorKind::credential:
    case ActorKind::provider:
      return FlushOrigin::api;
    case ActorKind::operator_token:
    case ActorKind::job:
      break;
  }
  return FlushOrigin::admin_operation;
}

Status FlushLog::note(Records& records, const Actor& actor, tenant::CacheId cache,
                      int64_t unix_seconds) {
  const Status done = insert(records, {.cache = cache,
                                       .at_unix_seconds = unix_seconds,
                                       .origin = flush_origin_of(actor.kind),
                                       .credential = actor.name,
                                       .address = actor.address});
  if (!done) return done;
  return records.flushes().keep_newest(cache, kFlushesKept);
}

Result<FlushPage> FlushLog::list(tenant::CacheId cache, uint64_t before, uint32_t rows_max) {
  if (rows_max == 0 || rows_max > kFlushPageRowsMax) {
    return fail(Fault::invalid, fmt::format("a page has 1 to {} rows", kFlushPageRowsMax));
  }
  auto rows = read(
      store_, [&](Records& records) { return records.flushes().of(cache, before, rows_max + 1); });
  if (!rows) return std::unexpected(rows.error());
  FlushPage page{.rows = std::move(*rows)};
  page.has_more = page.rows.size() > rows_max;
  if (page.has_more) page.rows.pop_back();
  return page;
}

Status FlushLog::run(const Now&) {
  if (taken_.size() < tenant::kClientFlushesHeldMax) {
    std::ranges::move(node_.introspection().take_client_flushes(), std::back_inserter(taken_));
  }
  if (taken_.empty()) return {};
  const Status done = store_.write([&](Records& records) { return insert_taken(records, taken_); });
  if (done) taken_.clear();
  return done;
}

}  // namespace cachery::control
