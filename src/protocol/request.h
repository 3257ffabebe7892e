// One request as every dialect states it: what the parsers make and the executors answer. Views
// point into the bytes that were parsed, so a Request lives no longer than they; the key of an
// admitted one may be the session's (decoded from base64, or under a prefix). Three cache lines; no
// allocation.
//
// Times are as the client gave them (0 never, negative already expired, up to 30 days relative,
// above absolute): only who knows the time may turn them into a point in time.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/block_source.h"

namespace cachery::protocol {

enum class Dialect : uint8_t { ascii, meta, binary };

// clang-format off
enum class Verb : uint8_t {
  // answered by an Executor, in order:
  get, touch, gat, set, add, replace, append, prepend, cas, remove, incr, decr,
  meta_get, meta_set, meta_delete, meta_arithmetic, meta_debug,
  // the value is too large: the old one must go. Says nothing: the error follows as a `reply`
  refuse_too_large,
  // answered by the session:
  reply,        // `text` is the whole answer (an error, or nothing): see Request::text
  meta_noop, noop, version, verbosity, stats, flush, quit,
  sasl_list, sasl_auth, sasl_step, ascii_auth,
};
// clang-format on

constexpr bool is_executed(Verb verb) { return verb <= Verb::refuse_too_large; }

// Letters of a meta command as a set; only letters that exist are ever in it.
struct MetaFlags {
  uint64_t letters = 0;

  static constexpr uint64_t bit(char letter) { return uint64_t{1} << (letter - 'A'); }
  constexpr bool has(char letter) const { return (letters & bit(letter)) != 0; }
  constexpr void add(char letter) { letters |= bit(letter); }
};

enum class Quiet : bool { no, yes };

struct Request {
  std::string_view key;       // what items are stored under
  std::string_view wire_key;  // what the client sent; differs when a credential has a prefix or
                              // the key is base64
  std::string_view value;     // of a storage command; of an authentication, the secret
  std::string_view text;      // meta: its flags as sent; reply: the reply; stats: the argument

  uint64_t hash = 0;     // of the key, as the executor wants it: see Executor::prepare
  uint64_t cas = 0;      // 0: none given (but see has_cas)
  uint64_t delta = 0;    // incr, decr, ma
  uint64_t initial = 0;  // binary incr, ma J
  uint64_t cas_in = 0;   // meta E: the cas that the item shall have
  MetaFlags meta;

  uint32_t flags = 0;       // client flags
  uint32_t opaque = 0;      // binary: echoed as it came
  int64_t exptime = 0;      // T of meta
  int32_t vivify_ttl = 0;   // meta N
  int32_t recache_ttl = 0;  // meta R

  // That holds the value, and no other view's bytes; or null.
  OfferedBlock* block = nullptr;

  // meta N, R, T and t in the order in which they came: each acts on what those before it left.
  char time_flags[4] = {};

  Verb verb = Verb::reply;
  Dialect dialect = Dialect::ascii;
  Verb refused_verb = Verb::set;  // of refuse_too_large: what it was
  uint8_t opcode = 0;             // binary: echoed
  uint16_t status = 0;            // binary: of a `reply`
  Quiet quiet = Quiet::no;        // ASCII noreply, meta q, binary quiet twin
  char mode = 0;                  // meta M
  bool has_cas = false;           // a cas was given, were it 0
  bool wants_cas = false;         // gets, gats
  bool wants_key = false;         // binary getk, gatk
  bool creates = false;           // binary incr: a miss makes the item; meta ms, ma with N
  bool is_last_key = true;        // of a get line: END follows
  bool is_key_base64 = false;     // parsed: both keys are base64 text; admitted: they are decoded
  bool closes = false;            // the connection ends after the reply
  bool may_write = true;          // set by admission, of the credential
  bool is_refused = false;        // likewise: it may not do this
};

static_assert(sizeof(Request) <= 192);

// What the bound of an item counts: the key as the client means it, without a credential's prefix.
constexpr size_t counted_key_bytes(const Request& admitted) { return admitted.wire_key.size(); }

}  // namespace cachery::protocol
