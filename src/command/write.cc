// set, add, replace, append, prepend, cas, ms in all its modes: one decision (may it be stored, and
// as what) and one act. The rules of cas and of stale values are upstream's.
#include <optional>

#include "base/limits.h"
#include "command/expiry.h"
#include "command/job.h"

namespace cachery::command {

using protocol::Dialect;
using protocol::Outcome;
using protocol::Request;
using protocol::Response;
using protocol::Verb;
using store::Found;
using store::Record;
using tenant::Counter;

namespace {

enum class CasMatch { none_given, match, stale, mismatch };

// What the request comes down to.
Verb mode_of(const Request& request) {
  if (request.verb == Verb::meta_set) {
    switch (request.mode) {
      case 'E':
        return Verb::add;
      case 'A':
        return Verb::append;
      case 'P':
        return Verb::prepend;
      case 'R':
        return request.has_cas ? Verb::cas : Verb::replace;
      default:
        return request.has_cas ? Verb::cas : Verb::set;
    }
  }
  // A binary set, add or replace with a cas is a cas.
  const bool is_plain =
      request.verb == Verb::set || request.verb == Verb::add || request.verb == Verb::replace;
  return request.has_cas && is_plain ? Verb::cas : request.verb;
}

CasMatch match_cas(const Request& request, const Found& old) {
  if (request.cas == 0) return CasMatch::none_given;
  if (request.cas == old.record.cas()) return CasMatch::match;
  const bool allows_stale = request.meta.has('I') && request.cas < old.record.cas();
  return allows_stale ? CasMatch::stale : CasMatch::mismatch;
}

// Stored means: go on and store.
Outcome decide_cas(const Job& job, const Found& old, CasMatch cas) {
  if (!old) {
    job.counters.add(Counter::cas_misses);
    return Outcome::not_found;
  }
  const bool is_good = cas == CasMatch::match || cas == CasMatch::stale;
  job.counters.add(is_good ? Counter::cas_hits : Counter::cas_badval);
  return is_good ? Outcome::stored : Outcome::exists;
}

Outcome decide(const Job& job, Verb mode, const Found& old, CasMatch cas) {
  switch (mode) {
    case Verb::add:
      return old ? Outcome::not_stored : Outcome::stored;
    case Verb::replace:
      return old ? Outcome::stored : Outcome::not_stored;
    case Verb::cas:
      return decide_cas(job, old, cas);
    case Verb::append:
    case Verb::prepend:
      if (!old) return job.request.creates ? Outcome::stored : Outcome::not_stored;
      return cas == CasMatch::mismatch || cas == CasMatch::stale ? Outcome::exists
                                                                 : Outcome::stored;
    default:
      return Outcome::stored;
  }
}

Record::Fields new_fields(const Job& job, bool is_vivified) {
  const Request& request = job.request;
  Record::Fields fields;
  fields.flags = request.flags;
  fields.accessed = job.now;
  fields.expiry =
      expiry_of(is_vivified ? request.vivify_ttl : request.exptime, job.now, job.wall_ahead);
  fields.is_key_base64 = request.is_key_base64;
  return fields;
}

// What append and prepend keep. They are an access, and the new value is one that nobody has read.
Record::Fields fields_of(const Job& job, const Record& old) {
  Record::Fields fields;
  fields.flags = old.flags();
  fields.expiry = old.expiry();
  fields.accessed = job.now;
  fields.is_key_base64 = old.is_key_base64();
  return fields;
}

Response stored(const Job& job, const Record::Fields& fields, std::string_view value) {
  Response response{.outcome = Outcome::stored};
  response.item.value = value;
  response.item.cas = fields.cas;
  response.item.is_key_base64 = fields.is_key_base64;
  OfferedBlock* block = value.data() == job.request.value.data() ? job.request.block : nullptr;
  if (job.copied != nullptr) block = &job.copied->block();
  const store::Put put = job.shard.put(job.hash, job.request.key, value, fields, job.now, block);
  if (put != store::Put::stored) {
    job.counters.add(Counter::store_no_memory);
    response.outcome = Outcome::out_of_memory;
  }
  return response;
}

// Appending nothing is an access and a new cas: the value stays where it lies.
std::optional<Response> joined_nothing(const Job& job, const Found& old) {
  Record record = old.record;
  const uint64_t cas = job.request.meta.has('E') ? job.request.cas_in : job.shard.next_cas();
  if (!record.set_cas(cas)) return std::nullopt;
  record.set_accessed(job.now);
  Response response{.outcome = Outcome::stored};
  response.item.cas = cas;
  response.item.value = job.request.value;
  response.item.is_key_base64 = record.is_key_base64();
  return response;
}

bool joins_old_value(Verb mode) { return mode == Verb::append || mode == Verb::prepend; }

}  // namespace

LongStore long_store(const Job& job) {
  const Request& request = job.request;
  const bool is_store = request.verb == Verb::meta_set || handler_of(request.verb) == &store;
  if (!is_store) return {};
  const Verb mode = mode_of(request);
  LongStore wanted;
  wanted.source.before = request.value;
  if (const Found old = joins_old_value(mode) ? find(job) : Found{}) {
    wanted.source.version = old.record.cas();
    wanted.source.before = mode == Verb::append ? old.record.value() : request.value;
    wanted.source.after = mode == Verb::append ? request.value : old.record.value();
  }
  const bool joins = wanted.source.version != 0;
  if (joins && request.value.empty()) return {};
  const size_t value_bytes = wanted.source.before.size() + wanted.source.after.size();
  const size_t bytes = request.key.size() + value_bytes;
  if (bytes < limits::kLongRecordBytes || bytes > job.item_bytes_max) return {};
  wanted.record_bytes = bytes;
  wanted.source.head_bytes = Record::kHeadBytesMax + request.key.size();
  wanted.is_copied_in_parts =
      value_bytes >= LongCopy::kValueBytesMin && (joins || request.block == nullptr);
  return wanted;
}

Response store(const Job& job) {
  const Request& request = job.request;
  job.counters.add(Counter::cmd_set);
  if (request.dialect == Dialect::meta) job.counters.add(Counter::cmd_meta);
  const Verb mode = mode_of(request);
  const Found old = find(job);
  const CasMatch cas = old ? match_cas(request, old) : CasMatch::none_given;
  const Outcome outcome = decide(job, mode, old, cas);
  if (outcome != Outcome::stored) {
    // Upstream's: who tries to add an item wants it to stay.
    if (mode == Verb::add) note_access(job, old);
    Response response{.outcome = outcome};
    response.item.value = request.value;
    response.item.is_key_base64 = request.is_key_base64;
    return response;
  }
  Record::Fields fields = old && joins_old_value(mode)
                              ? fields_of(job, old.record)
                              : new_fields(job, request.creates && joins_old_value(mode));
  std::string_view value = request.value;
  if (old && joins_old_value(mode) && value.empty() && cas != CasMatch::stale) {
    if (const auto response = joined_nothing(job, old)) return *response;
  }
  if (old && joins_old_value(mode)) {
    const std::string_view before = mode == Verb::append ? old.record.value() : request.value;
    const std::string_view after = mode == Verb::append ? request.value : old.record.value();
    const size_t item_bytes = protocol::counted_key_bytes(request) + before.size() + after.size();
    if (item_bytes > job.item_bytes_max) {
      job.counters.add(Counter::store_too_large);
      return {.outcome = Outcome::too_large};
    }
    if (job.copied == nullptr) {
      job.scratch.assign(before).append(after);
      job.shard.count_work(job.scratch.size());
    }
    value = job.scratch;
  }
  if (job.copied != nullptr) value = job.copied->value();
  if (old && cas == CasMatch::stale) {
    fields.expiry = old.record.expiry();
    fields.is_stale = true;
    fields.is_token_sent = old.record.is_token_sent();
  }
  fields.cas = request.meta.has('E') ? request.cas_in : job.shard.next_cas();
  return stored(job, fields, value);
}

// The value was refused unread; what a set would have replaced must not be served any more.
Response refuse_too_large(const Job& job) {
  const Verb verb = job.request.refused_verb;
  job.counters.add(Counter::store_too_large);
  if (verb == Verb::set || verb == Verb::meta_set) {
    if (const Found old = find(job)) job.shard.remove(job.hash, old);
  }
  return {.outcome = Outcome::too_large};
}

}  // namespace cachery::command
