// History as it is asked for: the spans of one cache over a window of time, at the resolution that
// the window is answered with. A step in which nobody sampled (the service was down), or that was
// over before the cache was created, is left out. A step in which the node was sampled and the
// cache had nothing to count has rates of 0, and the levels that it had last.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/error.h"
#include "control/series.h"
#include "control/store.h"
#include "control/time_window.h"
#include "tenant/snapshot.h"

namespace cachery::control {

// The finest of them that is kept for as long as the window is and reaches back.
const Resolution& resolution_for(std::span<const Resolution> resolutions, const TimeWindow& window,
                                 int64_t now_unix_seconds);

struct SpanPoint {
  int64_t start = 0;
  Span span;
};
struct NodeSpans {
  uint32_t node = 0;
  std::vector<SpanPoint> points;  // in the order of time
};
struct LatencyPoint {
  int64_t start = 0;
  double mean_ns = 0;
  // Nothing: of before these were kept.
  std::optional<double> p50_ns = {};
  std::optional<double> p99_ns = {};
};
struct NodeLatencies {
  uint32_t node = 0;
  std::vector<LatencyPoint> points;
};

class SeriesReader {
 public:
  // It must outlive this.
  explicit SeriesReader(Store& store) : store_(store) {}

  // Every point of a step that begins before the window's end and ends after its start. Any thread.
  [[nodiscard]] Result<std::vector<NodeSpans>> spans(tenant::CacheId cache,
                                                     const TimeWindow& window,
                                                     const Resolution& resolution);
  // How long a node's requests took, of all its caches together.
  [[nodiscard]] Result<std::vector<NodeLatencies>> latencies(const TimeWindow& window,
                                                             const Resolution& resolution);
  // How long the requests of one cache took; a step without any is left out.
  [[nodiscard]] Result<std::vector<NodeLatencies>> cache_latencies(tenant::CacheId cache,
                                                                   const TimeWindow& window,
                                                                   const Resolution& resolution);

 private:
  Store& store_;
};

// All nodes' spans as one cache's: counts and levels added up.
std::vector<SpanPoint> merged(const std::vector<NodeSpans>& nodes);

}  // namespace cachery::control
