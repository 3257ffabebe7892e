// How big a cache should be, read from its miss-ratio curve: the hit rate to expect at other sizes,
// and the smallest plan that keeps nearly all of today's hits.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tenant/introspection.h"

namespace cachery::control {

// Of today's hits, what the smallest plan worth naming keeps.
inline constexpr double kHitsKept = 0.99;

struct PlanSize {
  std::string slug = {};
  uint64_t memory_bytes = 0;  // limit_maxbytes of a cache on it
};

struct ExpectedHitRate {
  std::string plan = {};  // empty: a size that is no plan's
  uint64_t memory_bytes = 0;
  double hit_rate = 0;
};

struct SizeAdvice {
  bool is_known = false;  // false: the cache has not been read since it was last resized
  double hit_rate = 0;    // today's
  std::vector<ExpectedHitRate> sizes = {};        // half, twice and four times the present memory
  std::vector<ExpectedHitRate> plans = {};        // the smallest first
  std::optional<std::string> smallest_plan = {};  // nothing: no plan keeps them
};

// The miss ratio at any size: between two points by the logarithm of the size, below the first in
// proportion to an empty cache's, above the last as there.
double miss_ratio_at(const tenant::MissRatioCurve& curve, uint64_t memory_bytes);

struct CacheUse {
  tenant::MissRatioCurve curve = {};
  uint64_t used_bytes = 0;  // the most that it held lately; 0: that is not known
};

// The same, but that from used_bytes on a cache misses no more than today, however far below the
// curve's first point that is: what it held fits.
double miss_ratio_at(const CacheUse& use, uint64_t memory_bytes);

SizeAdvice advise(const CacheUse& use, std::vector<PlanSize> plans);

}  // namespace cachery::control
