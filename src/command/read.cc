// get, gat, touch, mg, me.
#include "command/expiry.h"
#include "command/job.h"

namespace cachery::command {

using protocol::ItemView;
using protocol::Outcome;
using protocol::Request;
using protocol::Response;
using protocol::Verb;
using store::Found;
using store::Record;
using tenant::Counter;

Found find(const Job& job) { return job.shard.find(job.hash, job.request.key, job.now); }

void note_access(const Job& job, const Found& item) {
  Record record = item.record;
  const bool was_fetched = record.is_fetched();
  job.shard.note_use(item, job.now);
  record.set_fetched(was_fetched);
}

ItemView view_of(const Record& record, uint32_t now) {
  const uint32_t accessed = record.accessed();
  ItemView view;
  view.value = record.value();
  view.flags = record.flags();
  view.cas = record.cas();
  view.ttl_seconds = ttl_of(record.expiry(), now);
  view.idle_seconds = now > accessed ? now - accessed : 0;
  view.was_fetched = record.is_fetched();
  view.is_key_base64 = record.is_key_base64();
  return view;
}

Response get(const Job& job) {
  bool was_expired = false;
  const Found found = job.shard.find(job.hash, job.request.key, job.now, &was_expired);
  job.counters.add(Counter::cmd_get);
  if (!found) {
    job.counters.add(Counter::get_misses);
    if (was_expired) job.counters.add(Counter::get_expired);
    return {};
  }
  job.counters.add(Counter::get_hits);
  Response response{.outcome = Outcome::hit};
  response.item.value = found.record.value();
  response.item.flags = found.record.flags();
  response.item.cas = found.record.cas();
  job.shard.note_use(found, job.now);
  return response;
}

// touch and gat.
Response touch(const Job& job) {
  const Found found = find(job);
  job.counters.add(Counter::cmd_touch);
  if (!found) {
    job.counters.add(Counter::touch_misses);
    return {};
  }
  job.counters.add(Counter::touch_hits);
  job.shard.note_use(found, job.now);
  job.shard.set_expiry(found, expiry_of(job.request.exptime, job.now, job.wall_ahead));
  return {.outcome = Outcome::hit, .item = view_of(found.record, job.now)};
}

namespace {

void count_get(const Job& job, bool is_hit) {
  const bool is_touch = job.request.meta.has('T');
  job.counters.add(Counter::cmd_meta);
  job.counters.add(is_touch ? Counter::cmd_touch : Counter::cmd_get);
  if (is_touch) {
    job.counters.add(is_hit ? Counter::touch_hits : Counter::touch_misses);
  } else {
    job.counters.add(is_hit ? Counter::get_hits : Counter::get_misses);
  }
}

struct Times {
  uint32_t expiry = 0;  // when all flags have acted
  uint32_t told = 0;    // to who asked with t
  bool is_due = false;  // R: the item ends before that time
};

// The meta flags about time, in the order in which they came.
Times times_of(const Job& job, uint32_t old_expiry, bool is_made) {
  const Request& request = job.request;
  Times times{.expiry = old_expiry, .told = old_expiry};
  for (const char flag : request.time_flags) {
    if (flag == 0) break;
    if (flag == 'N' && is_made)
      times.expiry = expiry_of(request.vivify_ttl, job.now, job.wall_ahead);
    if (flag == 'T') times.expiry = expiry_of(request.exptime, job.now, job.wall_ahead);
    if (flag == 't') times.told = times.expiry;
    if (flag == 'R') {
      times.is_due = !is_made && times.expiry != 0 &&
                     times.expiry < expiry_of(request.recache_ttl, job.now, job.wall_ahead);
    }
  }
  return times;
}

// A miss with N makes an empty item, for this client to fill: it has won.
Found vivify(const Job& job, uint32_t expiry) {
  const Request& request = job.request;
  Record::Fields fields;
  fields.accessed = job.now;
  fields.expiry = expiry;
  fields.cas = request.meta.has('E') ? request.cas_in : job.shard.next_cas();
  fields.is_key_base64 = request.is_key_base64;
  if (job.shard.put(job.hash, request.key, "", fields, job.now) != store::Put::stored) return {};
  return find(job);
}

// Upstream's rules for who shall recache (R, stale items), in its order. A client that may not
// write never wins: nobody else would recache the item until it ends.
void decide_winner(const Job& job, const Found& found, bool was_made, bool is_due, ItemView& view) {
  Record record = found.record;
  const bool sent = record.is_token_sent();
  view.is_token_sent = sent;
  view.is_stale = record.is_stale();
  view.has_won = job.request.may_write && (was_made || (!sent && (is_due || view.is_stale)));
  if (view.has_won) record.set_token_sent(true);
}

}  // namespace

Response meta_get(const Job& job) {
  const Request& request = job.request;
  Found found = find(job);
  const bool is_made = !found && request.creates;
  const Times times = times_of(job, found ? found.record.expiry() : 0, is_made);
  if (is_made) found = vivify(job, times.expiry);
  count_get(job, static_cast<bool>(found));
  if (!found) return {};
  if (request.meta.has('T') && !is_made) job.shard.set_expiry(found, times.expiry);
  Response response{.outcome = Outcome::hit, .item = view_of(found.record, job.now)};
  response.item.ttl_seconds = ttl_of(times.told, job.now);
  response.hides_value = request.has_cas && request.cas == found.record.cas();
  decide_winner(job, found, is_made, times.is_due, response.item);
  if (!request.meta.has('u')) job.shard.note_use(found, job.now);
  return response;
}

Response meta_debug(const Job& job) {
  job.counters.add(Counter::cmd_meta);
  const Found found = find(job);
  if (!found) return {};
  Response response{.outcome = Outcome::hit, .item = view_of(found.record, job.now)};
  response.item.stored_bytes = store::Shard::charge_of(found.record);
  return response;
}

}  // namespace cachery::command
