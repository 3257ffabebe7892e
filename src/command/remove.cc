// delete and md.
#include "command/expiry.h"
#include "command/job.h"

namespace cachery::command {

using protocol::Outcome;
using protocol::Request;
using protocol::Response;
using store::Found;
using store::Record;
using tenant::Counter;

Response remove(const Job& job) {
  job.counters.add(Counter::cmd_delete);
  const Found found = find(job);
  if (!found) {
    job.counters.add(Counter::delete_misses);
    return {.outcome = Outcome::not_found};
  }
  if (job.request.cas != 0 && job.request.cas != found.record.cas()) {
    return {.outcome = Outcome::exists};
  }
  job.counters.add(Counter::delete_hits);
  job.shard.remove(job.hash, found);
  return {.outcome = Outcome::removed};
}

namespace {

// md x: the value goes, the key stays as an empty item. False: no memory for it.
bool empty_item(const Job& job, const Found& found) {
  const Request& request = job.request;
  Record::Fields fields;
  fields.flags = request.flags;
  fields.expiry = expiry_of(request.exptime, job.now, job.wall_ahead);
  fields.accessed = job.now;
  fields.cas = request.meta.has('E') ? request.cas_in : found.record.cas();
  return job.shard.put(job.hash, request.key, "", fields, job.now) == store::Put::stored;
}

// md I: kept but stale, so that the next reader is told to recache.
void mark_stale(const Job& job, const Found& found) {
  const Request& request = job.request;
  Record record = found.record;
  if (request.meta.has('T'))
    job.shard.set_expiry(found, expiry_of(request.exptime, job.now, job.wall_ahead));
  record.set_stale(true);
  record.set_token_sent(false);
  const uint64_t cas = request.meta.has('E') ? request.cas_in : job.shard.next_cas();
  if (record.set_cas(cas)) return;
  // A cas that the record has no room for: written anew, with its value kept aside.
  job.scratch.assign(record.value());
  Record::Fields fields;
  fields.flags = record.flags();
  fields.expiry = record.expiry();
  fields.accessed = record.accessed();
  fields.cas = cas;
  fields.is_stale = true;
  fields.is_key_base64 = record.is_key_base64();
  job.shard.put(job.hash, request.key, job.scratch, fields, job.now);
}

}  // namespace

Response meta_delete(const Job& job) {
  const Request& request = job.request;
  job.counters.add(Counter::cmd_meta);
  job.counters.add(Counter::cmd_delete);
  Found found = find(job);
  if (!found || (request.has_cas && request.cas != found.record.cas())) {
    job.counters.add(Counter::delete_misses);
    return {.outcome = found ? Outcome::exists : Outcome::not_found};
  }
  job.counters.add(Counter::delete_hits);
  if (request.meta.has('x')) {
    if (!empty_item(job, found)) return {.outcome = Outcome::out_of_memory};
    found = find(job);
    if (!found) return {.outcome = Outcome::removed};  // its T was in the past
  }
  if (request.meta.has('I')) {
    mark_stale(job, found);
  } else if (!request.meta.has('x')) {
    job.shard.remove(job.hash, found);
  }
  return {.outcome = Outcome::removed};
}

}  // namespace cachery::command
