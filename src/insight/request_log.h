// The last requests of a cache: a ring of fixed length, whose lines keep the room of their keys, so
// that a request costs a copy and no allocation.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "insight/event.h"
#include "tenant/introspection.h"

namespace cachery::insight {

class RequestLog {
 public:
  static constexpr size_t kRequests = 100;

  void add(const Event& event, int64_t item_seconds);
  // From the oldest on.
  std::vector<tenant::LoggedRequest> read() const;
  size_t memory_bytes() const;

 private:
  struct Line {
    int64_t item_seconds = 0;
    std::string key;
    const char* command = "";
    const char* status = "";
    uint32_t value_bytes = 0;
  };

  std::array<Line, kRequests> lines_;
  uint64_t added_ = 0;
};

}  // namespace cachery::insight
