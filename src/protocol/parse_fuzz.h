// What the fuzzers of the parsers share: a connection that is fed pieces of an input and notes the
// Requests with the bytes they point at, and the properties that hold for every dialect. A property
// that does not hold ends the program by CHECK, which names it.
//
// What is parsed is a copy of exactly the bytes that wait, so that the address sanitizer sees a
// read past their end. Rejected: comparing only how many requests there were, which misses a view
// that points at the wrong bytes.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/base64.h"
#include "base/check.h"
#include "base/limits.h"
#include "protocol/parse.h"

namespace cachery::protocol {

// A Request that owns its bytes.
struct SeenRequest {
  Request fields;  // its views are empty
  std::string key;
  std::string wire_key;
  std::string value;
  std::string text;

  explicit SeenRequest(const Request& request)
      : fields(request),
        key(request.key),
        wire_key(request.wire_key),
        value(request.value),
        text(request.text) {
    fields.key = fields.wire_key = fields.value = fields.text = {};
  }

  bool operator==(const SeenRequest& other) const {
    const Request& a = fields;
    const Request& b = other.fields;
    return key == other.key && wire_key == other.wire_key && value == other.value &&
           text == other.text && a.cas == b.cas && a.delta == b.delta && a.initial == b.initial &&
           a.cas_in == b.cas_in && a.meta.letters == b.meta.letters && a.flags == b.flags &&
           a.opaque == b.opaque && a.exptime == b.exptime && a.vivify_ttl == b.vivify_ttl &&
           a.recache_ttl == b.recache_ttl && a.verb == b.verb && a.dialect == b.dialect &&
           a.refused_verb == b.refused_verb && a.opcode == b.opcode && a.status == b.status &&
           a.quiet == b.quiet && a.mode == b.mode && a.has_cas == b.has_cas &&
           a.wants_cas == b.wants_cas && a.wants_key == b.wants_key && a.creates == b.creates &&
           a.is_last_key == b.is_last_key && a.is_key_base64 == b.is_key_base64 &&
           std::equal(a.time_flags, std::end(a.time_flags), b.time_flags) && a.closes == b.closes &&
           a.is_refused == b.is_refused;
  }
};

// The most that may wait for the rest of a request, of which `bytes_wanted` is known.
inline size_t waiting_bytes_max(const ParseState& state, const ParseLimits& limits,
                                size_t bytes_wanted) {
  const size_t line = limits.key_bytes_max + limits::kLineBytesMax + 2;
  // A key and the spaces on both sides of it, which are bounded as a line is.
  const size_t get_line =
      2 * (limits.key_bytes_max + limits::kGetLineBytesHeld + 2) + limits.key_bytes_max;
  const size_t value =
      state.is_authenticated ? limits.item_bytes_max : limits::kAuthenticationBytesMax;
  return bytes_wanted == 0 ? get_line : line + value + 2;
}

class FedConnection {
 public:
  FedConnection(const ParseLimits& limits, const ParseState& state)
      : limits_(limits), state_(state) {}

  void feed(std::string_view piece) {
    if (is_closed_) return;
    waiting_ += piece;
    const std::unique_ptr<char[]> bytes(new char[waiting_.size()]);
    std::memcpy(bytes.get(), waiting_.data(), waiting_.size());
    std::span<char> input(bytes.get(), waiting_.size());
    while (!is_closed_ && parse_one(input)) {
    }
    waiting_.erase(0, waiting_.size() - input.size());
  }

  const std::vector<SeenRequest>& requests() const { return requests_; }

  // What a cut may not change. Of a connection that has ended, only what was asked counts.
  void check_same(const FedConnection& other) const {
    CHECK(requests_ == other.requests_);
    CHECK(is_closed_ == other.is_closed_);
    if (is_closed_) return;
    CHECK(waiting_ == other.waiting_);
    CHECK(state_.swallow_bytes == other.state_.swallow_bytes);
    CHECK(state_.late.is_due() == other.state_.late.is_due());
    CHECK(state_.is_dialect_known == other.state_.is_dialect_known);
    CHECK(state_.is_binary == other.state_.is_binary);
    CHECK(state_.is_authenticated == other.state_.is_authenticated);
    CHECK(state_.is_in_get_line == other.state_.is_in_get_line);
    if (!state_.is_in_get_line) return;
    CHECK(state_.get_line_verb == other.state_.get_line_verb);
    CHECK(state_.get_line_wants_cas == other.state_.get_line_wants_cas);
    CHECK(state_.get_line_exptime == other.state_.get_line_exptime);
  }

 private:
  // Takes what it consumes from `input`. False: more is needed.
  bool parse_one(std::span<char>& input) {
    Request request;
    const Parsed parsed = parse(state_, limits_, input, request);
    CHECK(parsed.consumed <= input.size());
    const std::span<const char> consumed = input.first(parsed.consumed);
    input = input.subspan(parsed.consumed);
    if (parsed.status == ParseStatus::need_more) {
      CHECK(parsed.bytes_wanted == 0 || parsed.bytes_wanted > input.size());
      const size_t held_max = waiting_bytes_max(state_, limits_, parsed.bytes_wanted);
      CHECK(std::max(input.size(), parsed.bytes_wanted) <= held_max);
      return false;
    }
    CHECK(parsed.consumed > 0);
    // Whoever is answered has sent the whole request.
    CHECK(state_.swallow_bytes == 0 || request.verb == Verb::refuse_too_large);
    check_views(request, consumed);
    check_limits(request);
    requests_.emplace_back(request);
    is_closed_ = request.closes;
    return true;
  }

  static bool lies_in(std::string_view view, std::span<const char> bytes) {
    return view.empty() || (view.data() >= bytes.data() &&
                            view.data() + view.size() <= bytes.data() + bytes.size());
  }

  static void check_views(const Request& request, std::span<const char> consumed) {
    if (request.verb == Verb::reply) return;  // its text is a constant, the rest means nothing
    CHECK(lies_in(request.key, consumed));
    CHECK(lies_in(request.wire_key, consumed));
    CHECK(lies_in(request.value, consumed));
    CHECK(lies_in(request.text, consumed));
  }

  void check_limits(const Request& request) const {
    if (!is_executed(request.verb)) return;
    CHECK(state_.is_authenticated);
    CHECK(!request.key.empty());
    CHECK(request.key.size() <= limits_.key_bytes_max);
    CHECK(request.wire_key.size() <= limits_.key_bytes_max);
    if (request.value.empty()) return;
    const size_t key_bytes =
        request.is_key_base64 ? base64_decoded_bytes(request.key) : request.key.size();
    CHECK(key_bytes + request.value.size() <= limits_.item_bytes_max);
  }

  const ParseLimits limits_;
  ParseState state_;
  std::string waiting_;
  std::vector<SeenRequest> requests_;
  bool is_closed_ = false;
};

// Limits and a beginning that an input chooses by its first byte.
struct Beginning {
  ParseLimits limits;
  ParseState state;

  explicit Beginning(uint8_t choice) {
    if ((choice & 1) != 0) limits.key_bytes_max = 8;
    if ((choice & 2) != 0) limits.item_bytes_max = 40;
    state.is_authenticated = (choice & 4) == 0;
  }
};

// Long runs in few bytes, or lengths past a limit would never be found: 0xfe, a byte and a count
// stand for count * 512 of that byte.
inline std::string expand_runs(std::string_view input) {
  std::string bytes;
  for (size_t i = 0; i < input.size(); ++i) {
    if (static_cast<uint8_t>(input[i]) != 0xfe || i + 2 >= input.size()) {
      bytes += input[i];
      continue;
    }
    bytes.append(size_t{static_cast<uint8_t>(input[i + 2])} * 512, input[i + 1]);
    i += 2;
  }
  return bytes;
}

inline FedConnection feed_whole(const Beginning& beginning, std::string_view bytes) {
  FedConnection connection(beginning.limits, beginning.state);
  connection.feed(bytes);
  return connection;
}

// In two pieces at every place that matters, and byte by byte when that is not too long.
inline void check_splits(const Beginning& beginning, std::string_view bytes,
                         const FedConnection& whole) {
  constexpr size_t kEveryByteMax = 96;
  const size_t cuts_max = bytes.size() <= kEveryByteMax ? kEveryByteMax
                          : bytes.size() < 8192         ? 24
                                                        : 6;
  const size_t stride = bytes.size() / cuts_max + 1;
  for (size_t cut = 1; cut < bytes.size(); cut += stride) {
    FedConnection connection(beginning.limits, beginning.state);
    connection.feed(bytes.substr(0, cut));
    connection.feed(bytes.substr(cut));
    connection.check_same(whole);
  }
  const size_t piece = bytes.size() <= kEveryByteMax ? 1 : bytes.size() / 61 + 1;
  FedConnection connection(beginning.limits, beginning.state);
  for (size_t at = 0; at < bytes.size(); at += piece) connection.feed(bytes.substr(at, piece));
  connection.check_same(whole);
}

}  // namespace cachery::protocol
