// Answers -> bytes, the one place that maps an outcome to what each dialect says. Pure: an executor
// hands in the request, the outcome and, for a hit, a view of the item, which is copied out before
// the call returns.
#pragma once

#include <cstdint>
#include <string_view>

#include "protocol/output.h"
#include "protocol/request.h"

namespace cachery::protocol {

enum class Outcome : uint8_t {
  hit,  // get, gat, touch, mg, me, ma, incr, decr: the item is in `item`
  miss,
  stored,
  not_stored,
  refused,    // the credential may not write: each dialect's "not stored"
  exists,     // a cas that does not match
  not_found,  // cas, delete, replace of what is not there
  removed,    // delete, or marked stale
  non_numeric,
  too_large,
  out_of_memory,
};

// What a reply may say of an item. Valid while compose() runs.
struct ItemView {
  std::string_view key;
  std::string_view value;
  uint32_t flags = 0;
  uint64_t cas = 0;
  int64_t ttl_seconds = -1;   // -1: never expires
  uint64_t idle_seconds = 0;  // since the last access, before this one
  uint64_t stored_bytes = 0;  // what the cache is charged for it
  bool was_fetched = false;   // before this request
  bool is_key_base64 = false;
  bool has_won = false;        // mg W: this client shall recache
  bool is_stale = false;       // mg X
  bool is_token_sent = false;  // mg Z: another client won already
};

struct Response {
  Outcome outcome = Outcome::miss;
  ItemView item{};
  uint64_t number = 0;       // incr, decr
  bool hides_value = false;  // mg with C of the same cas: the client has it
};

void compose(const Request& request, const Response& response, Output& out);

// A binary response with a body of its own (version, stat, sasl).
void compose_binary(const Request& request, uint16_t status, std::string_view key,
                    std::string_view body, Output& out);
// A binary status with upstream's text for it.
void compose_binary_error(const Request& request, uint16_t status, Output& out);
// What the session itself says: an error, as a line or as a binary status, and the empty answer of
// a success. noreply silences both; the quiet flags of the other dialects silence success alone.
void compose_error(const Request& request, std::string_view line, uint16_t status, Output& out);
void compose_done(const Request& request, std::string_view line, Output& out);
// A Verb::reply, in the request's dialect.
void compose_reply(const Request& request, Output& out);
// One line of stats and the end of them.
void compose_stat(const Request& request, std::string_view name, std::string_view value,
                  Output& out);
void compose_stats_end(const Request& request, Output& out);

// Internal to compose*.cc.
void compose_ascii(const Request& request, const Response& response, Output& out);
void compose_meta(const Request& request, const Response& response, Output& out);
void compose_binary_response(const Request& request, const Response& response, Output& out);

}  // namespace cachery::protocol
