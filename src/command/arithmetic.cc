// incr, decr, ma. A result that is not longer than the value is written over it and padded with
// spaces, as upstream does (so 10 - 1 reads "9 ").
#include <charconv>
#include <optional>

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

bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// A longer value is no number, as upstream says of one that lies in chunks: what follows the
// digits is written anew each time.
constexpr size_t kNumberBytesMax = 1u << 20;

// As upstream reads it with the C library: leading space passed over, a plus, digits, then the end,
// a space or a zero byte.
std::optional<uint64_t> read_number(std::string_view value) {
  if (value.size() > kNumberBytesMax) return std::nullopt;
  while (!value.empty() && is_space(value.front())) value.remove_prefix(1);
  if (value.starts_with('+')) value.remove_prefix(1);
  uint64_t number = 0;
  const auto [stop, status] = std::from_chars(value.data(), value.data() + value.size(), number);
  if (status != std::errc()) return std::nullopt;
  const bool is_whole = stop == value.data() + value.size() || is_space(*stop) || *stop == 0;
  return is_whole ? std::optional(number) : std::nullopt;
}

bool is_decrement(const Request& request) {
  return request.verb == Verb::decr || request.mode == 'D' || request.mode == '-';
}

std::string_view print(uint64_t number, char (&buffer)[24]) {
  return {buffer, static_cast<size_t>(std::to_chars(buffer, buffer + 24, number).ptr - buffer)};
}

Response answer(const Job& job, uint64_t number, uint64_t cas, uint32_t expiry,
                bool is_key_base64) {
  char buffer[24];
  job.scratch.assign(print(number, buffer));
  Response response{.outcome = Outcome::hit};
  response.number = number;
  response.item.value = job.scratch;
  response.item.cas = cas;
  response.item.ttl_seconds = ttl_of(expiry, job.now);
  response.item.is_key_base64 = is_key_base64;
  return response;
}

// The flags t and T of ma act in the order in which they came.
uint32_t told_expiry(const Request& request, uint32_t before, uint32_t after) {
  const std::string_view flags(request.time_flags, sizeof request.time_flags);
  return flags.find('t') < flags.find('T') ? before : after;
}

Response create(const Job& job) {
  const Request& request = job.request;
  const bool is_meta = request.dialect == Dialect::meta;
  char buffer[24];
  Record::Fields fields;
  fields.accessed = job.now;
  fields.expiry =
      expiry_of(is_meta ? request.vivify_ttl : request.exptime, job.now, job.wall_ahead);
  fields.cas = is_meta && request.meta.has('E') ? request.cas_in : job.shard.next_cas();
  fields.is_key_base64 = request.is_key_base64;
  const uint32_t first_expiry = fields.expiry;
  if (is_meta && request.meta.has('T'))
    fields.expiry = expiry_of(request.exptime, job.now, job.wall_ahead);
  const auto put =
      job.shard.put(job.hash, request.key, print(request.initial, buffer), fields, job.now);
  if (put != store::Put::stored) {
    job.counters.add(Counter::store_no_memory);
    return {.outcome = Outcome::out_of_memory};
  }
  return answer(job, request.initial, fields.cas, told_expiry(request, first_expiry, fields.expiry),
                request.is_key_base64);
}

// Writes the new value over the old or beside it. False: no memory for a longer one.
bool write_number(const Job& job, const Found& found, std::string_view digits, uint64_t cas) {
  Record record = found.record;
  if (digits.size() <= record.value_bytes() && record.set_cas(cas)) {
    char* value = record.mutable_value();
    std::memcpy(value, digits.data(), digits.size());
    std::memset(value + digits.size(), ' ', record.value_bytes() - digits.size());
    job.shard.count_work(record.value_bytes());
    note_access(job, found);
    return true;
  }
  Record::Fields fields;
  fields.flags = record.flags();
  fields.expiry = record.expiry();
  fields.accessed = job.now;
  fields.cas = cas;
  fields.is_key_base64 = record.is_key_base64();
  return job.shard.put(job.hash, job.request.key, digits, fields, job.now) == store::Put::stored;
}

}  // namespace

Response arithmetic(const Job& job) {
  const Request& request = job.request;
  const bool is_meta = request.dialect == Dialect::meta;
  const bool decrements = is_decrement(request);
  if (is_meta) job.counters.add(Counter::cmd_meta);
  const Found found = find(job);
  if (!found) {
    if (request.creates) return create(job);
    job.counters.add(decrements ? Counter::decr_misses : Counter::incr_misses);
    return {.outcome = Outcome::not_found};
  }
  const std::string_view value = found.record.value();
  if (value.empty())
    return {.outcome = Outcome::non_numeric};  // whatever the cas: upstream's order
  if (request.cas != 0 && found.record.cas() != request.cas) return {.outcome = Outcome::exists};
  const auto old = read_number(value);
  if (!old) return {.outcome = Outcome::non_numeric};
  const uint64_t number = !decrements            ? *old + request.delta
                          : *old > request.delta ? *old - request.delta
                                                 : 0;
  job.counters.add(decrements ? Counter::decr_hits : Counter::incr_hits);
  const uint32_t old_expiry = found.record.expiry();
  uint32_t expiry = old_expiry;  // the one to be told
  if (request.meta.has('T')) {
    job.shard.set_expiry(found, expiry_of(request.exptime, job.now, job.wall_ahead));
    expiry = told_expiry(request, old_expiry, found.record.expiry());
  }
  const bool is_key_base64 = found.record.is_key_base64();
  const uint64_t cas = request.meta.has('E') ? request.cas_in : job.shard.next_cas();
  char buffer[24];
  if (!write_number(job, found, print(number, buffer), cas)) {
    job.counters.add(Counter::store_no_memory);
    return {.outcome = Outcome::out_of_memory};
  }
  return answer(job, number, cas, expiry, is_key_base64);
}

}  // namespace cachery::command
