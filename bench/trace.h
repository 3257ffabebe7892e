// A trace of requests in memory, each key once. Traces come as lines of
// `time,key,key_size,value_size,client,op,ttl`; what a line does not say (overwrites, times to
// live) can be laid over it, drawn from hashes of the key and of the line's number, so that each
// policy meets the same requests.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace cachery::bench {

enum class TraceOp : uint8_t { get, set, remove };

struct TraceRequest {
  uint32_t key = 0;  // its number in Trace::keys
  uint32_t value_bytes = 0;
  uint32_t time = 0;    // seconds, from 1 on
  uint32_t expiry = 0;  // of what this request stores; 0: never
  TraceOp op = TraceOp::get;
};

struct Trace {
  std::vector<std::string> keys;
  std::vector<TraceRequest> requests;
};

struct TraceOptions {
  uint64_t requests_max = UINT64_MAX;
  uint32_t overwrite_percent = 0;  // of the requests become sets at half to twice the size
  uint32_t ttl_percent = 0;        // of the keys live for 1/100 to all of the trace's time
  uint64_t value_bytes_max = 1000000;
};

[[nodiscard]] Result<Trace> read_trace(const std::string& path, const TraceOptions& options);

// What the store charges for an item without client flags: a header of 20 bytes, rounded up to 4,
// and 8 bytes of index. The policies charge the same, so that bytes are equal.
constexpr uint64_t charge_of(size_t key_bytes, size_t value_bytes) {
  return (20 + key_bytes + value_bytes + 3) / 4 * 4 + 8;
}
// The sum of all items' charges at their first sizes.
uint64_t footprint_bytes(const Trace& trace);

}  // namespace cachery::bench
