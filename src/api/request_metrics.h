// How many HTTP requests were answered, by what they were for and by status, and how long they
// took: the control plane's part of /metrics. A class is a part of the API, not an address, so that
// nobody can make series by asking for addresses that are not there.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "http/router.h"
#include "http/server.h"

namespace cachery::api {

class RequestMetrics {
 public:
  // It must outlive this.
  explicit RequestMetrics(const Clock& clock) : clock_(clock) {}

  // The handler's answer, counted. Any thread.
  http::Response answer(const http::Handler& handler, const http::Request& request);
  // A connection that the server did not take. Any thread.
  void count_refused(http::Refused why) { ++refused_[static_cast<size_t>(why)]; }
  // In the Prometheus text format.
  std::string metrics() const;

  // "admin", "analytics_v1", "analytics_v2", "health", "metrics", "other".
  static std::string_view class_of(const http::Request& request);

 private:
  struct Key {
    std::string_view name;  // one of class_of
    int status = 0;
    auto operator<=>(const Key&) const = default;
  };
  struct Count {
    uint64_t requests = 0;
    uint64_t busy_ns = 0;
  };

  const Clock& clock_;
  std::array<std::atomic<uint64_t>, 2> refused_{};  // of each http::Refused
  mutable std::mutex mutex_;
  std::map<Key, Count> counts_;  // guarded by mutex_
};

}  // namespace cachery::api
