// What the load generator says and understands in each protocol. A Dialect composes requests from
// key numbers and reads answers element by element (a value, an END, a STORED), so that a multi-get
// of any size needs room for one value only. It knows no socket and keeps no state between calls:
// how far an answer has come stands in the Operation. Deliberately apart from src/protocol, which
// it measures: a fault in a parser that both used would go unseen.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "bench/key_space.h"

namespace cachery::bench {

enum class Protocol { ascii, meta, binary };
enum class Verb { get, set };

// A request on its way: a set of one key, or a get of one or more.
struct Operation {
  Verb verb = Verb::get;
  bool is_done = false;
  std::span<const uint64_t> keys;  // the connection's; in the order they were asked for
  size_t keys_answered = 0;
};

// What came back.
struct Tally {
  uint64_t requests = 0;
  uint64_t hits = 0;
  uint64_t misses = 0;
  uint64_t stored = 0;
  uint64_t errors = 0;        // answers that say so, whatever they say
  uint64_t wrong_values = 0;  // not the value of that key, or of a key nobody asked for
  uint64_t connections_lost = 0;
  uint64_t bytes_read = 0;
  uint64_t bytes_written = 0;
  std::string first_error;  // the first answer that was an error, for a person

  uint64_t keys() const { return hits + misses + stored; }
  void add_error(std::string_view answer);
  void merge(const Tally& other);
};

enum class Reading { element, need_more, malformed };
struct ReadResult {
  Reading reading = Reading::need_more;
  size_t bytes = 0;  // consumed; 0 unless an element was read
};

class Dialect {
 public:
  virtual ~Dialect() = default;
  // An upper bound of what composing one request of `keys` keys writes.
  virtual size_t request_bytes_max(size_t keys) const = 0;
  virtual char* compose_get(char* out, std::span<const uint64_t> keys) const = 0;
  virtual char* compose_set(char* out, uint64_t key) const = 0;
  // Reads one element of the answer to `operation`, counts what it says and marks what is done.
  virtual ReadResult read(Operation& operation, std::string_view input, Tally& tally) const = 0;
};

std::unique_ptr<Dialect> make_ascii_dialect(const KeySpace& key_space);
std::unique_ptr<Dialect> make_meta_dialect(const KeySpace& key_space);
std::unique_ptr<Dialect> make_binary_dialect(const KeySpace& key_space);

// Shared by the dialects: the keys before the one that was answered were missed.
template <typename IsKey>
bool answer_key(Operation& operation, Tally& tally, IsKey is_key) {
  size_t at = operation.keys_answered;
  while (at < operation.keys.size() && !is_key(operation.keys[at], at)) ++at;
  if (at == operation.keys.size()) return false;
  tally.misses += at - operation.keys_answered;
  operation.keys_answered = at + 1;
  return true;
}

// The answer is complete: what it did not name was missed.
inline void finish_get(Operation& operation, Tally& tally) {
  tally.misses += operation.keys.size() - operation.keys_answered;
  operation.keys_answered = operation.keys.size();
  operation.is_done = true;
}

inline void count_value(const KeySpace& key_space, Operation& operation, std::string_view value,
                        Tally& tally) {
  const uint64_t key = operation.keys[operation.keys_answered - 1];
  key_space.is_value(value, key) ? ++tally.hits : ++tally.wrong_values;
}

inline char* write_text(char* out, std::string_view text) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

}  // namespace cachery::bench
