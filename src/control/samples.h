// One sample: what a cache counted over a span of time, packed to about forty bytes, and how long
// its requests took, in about as many. Everything in it is a sum: counters are growth, gauges are
// level times seconds, latency is a histogram. So samples of neighbouring
// spans, and of several nodes, are merged by adding them, and a coarse one says exactly what the
// fine ones said. A cache that had nothing to count has no sample; that the node was there all the
// same is told by the sample of cache kNodeItself, whose seconds are those that were sampled.
// Rejected: levels as averages (rounding adds up in merges), absolute counters (a reset or a
// restart would have to be found at each read).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/latency.h"
#include "tenant/counters.h"
#include "tenant/snapshot.h"

namespace cachery::control {

// Stands for the node in the place of a cache. No cache has this id.
inline constexpr tenant::CacheId kNodeItself = 0;

struct Sample {
  uint64_t seconds = 0;  // in which the cache was sampled: what gauges are to be divided by
  tenant::CounterValues sums;
  PackedLatency latency = {};

  void add(const Sample& other);
};

// The growth of the counters from `before` to `now`, and the levels of `now`, over `seconds`. A
// cache whose counters began anew in between (its node was restarted, it was restored) has grown by
// what it counted since.
Sample sample_between(const tenant::CounterValues& before, const tenant::CounterValues& now,
                      uint64_t seconds);
// Whether there is anything in it that the cache's next sample would not tell too: growth, or a
// connection.
bool has_activity(const Sample& sample);

// Appends: seconds, a bit for each counter that is not 0, those counters, all as varints (LEB128);
// where there were requests, their latency. What was kept before there was any ends without.
void pack(const Sample& sample, std::string& out);
// nullopt where the bytes are no sample.
std::optional<Sample> unpack(std::string_view bytes);

// The samples of consecutive steps in one row: a minute each, ten minutes. A counter's values stand
// together, each as its difference from the one before, so that what hardly changes takes a byte.
// Of latency a minute keeps four bytes: its mean, and which buckets the median and p99 are in. What
// comes back is a hundred requests of that latency. (All its buckets would take as much as all
// counters; the ten minutes' sum has them.)
struct ChunkPoint {
  uint32_t step_index = 0;  // from the chunk's start
  Sample sample;
};
std::string pack_chunk(const std::vector<ChunkPoint>& points);
std::vector<ChunkPoint> unpack_chunk(std::string_view bytes);  // empty where they are no chunk

// The samples of all caches at one time in one row.
struct FrameEntry {
  tenant::CacheId cache = 0;
  Sample sample;
};
// In ascending order of caches.
std::string pack_frame(const std::vector<FrameEntry>& entries);
std::vector<FrameEntry> unpack_frame(std::string_view bytes);
// One cache's, without unpacking the others.
std::optional<Sample> find_in_frame(std::string_view bytes, tenant::CacheId cache);

}  // namespace cachery::control
