// One request under its shard's lock, and the handlers that answer it: one function a verb, one
// file a family (read.cc, write.cc, remove.cc, arithmetic.cc), the table in table.cc.
#pragma once

#include <string>

#include "command/long_copy.h"
#include "protocol/compose.h"
#include "protocol/request.h"
#include "serve/executor.h"
#include "store/shard.h"

namespace cachery::command {

struct Job {
  const protocol::Request& request;
  uint64_t hash;
  store::Shard& shard;
  serve::WorkerCounters& counters;
  uint32_t now;        // of the ItemClock
  int64_t wall_ahead;  // of it
  uint32_t item_bytes_max;
  std::string& scratch;  // for values that are made of an old one
  // Holds the whole value that the request stores, or null: see long_store.
  LongCopy* copied = nullptr;
};

// What a request is about to store, where that takes more than a moment.
struct LongStore {
  size_t record_bytes = 0;          // 0: it is short, or nothing will be stored
  bool is_copied_in_parts = false;  // `source` says what is copied
  LongCopy::Source source;          // but for its ticket
};
LongStore long_store(const Job& job);

using Handler = protocol::Response (*)(const Job&);

// The handler of an executed verb.
Handler handler_of(protocol::Verb verb);

protocol::Response get(const Job& job);
protocol::Response touch(const Job& job);
protocol::Response meta_get(const Job& job);
protocol::Response meta_debug(const Job& job);
protocol::Response store(const Job& job);
protocol::Response refuse_too_large(const Job& job);
protocol::Response remove(const Job& job);
protocol::Response meta_delete(const Job& job);
protocol::Response arithmetic(const Job& job);

// Shared by the families.
store::Found find(const Job& job);
// The item was used and outlives what was not, but nobody has read its value.
void note_access(const Job& job, const store::Found& item);
// A view of the item as it is now, before the request changes it.
protocol::ItemView view_of(const store::Record& record, uint32_t now);

}  // namespace cachery::command
