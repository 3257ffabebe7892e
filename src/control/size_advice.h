// How big a cache should be, read from its miss-ratio curve: the hit rate to expect at other sizes,
// and one piece of advice, which every page and API tells as it is here.
//
// To pay more is advised only to a cache that is full, evicts at this moment, and would certainly
// gain: one wrong piece of advice costs all others their credit. How sure the curve is follows from
// its sample. A key of the sample stands for w keys, so a gain of g of r reads was counted on
// g * r / w events, and the error of that count is about its square root: twice the error of the
// gain is 2 * sqrt(g * w / r). Misses of two sizes come from the same keys, so their difference is
// surer than either of them. Rejected: a bound on reads alone (a thousand reads of a small cache
// say more than a hundred thousand of one whose sample is one key in a thousand).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tenant/introspection.h"

namespace cachery::control {

// Of today's hits, what the smallest plan worth naming keeps.
inline constexpr double kHitsKept = 0.99;

inline constexpr double kReadsMin = 1'000;  // fewer make no curve
inline constexpr double kGainMin = 0.01;    // of the hit rate: for less nobody pays
inline constexpr double kFullShare = 0.9;   // of its limit: the rest are unfilled ends of segments
// Whether less would do, only time tells: until then the cache still fills.
inline constexpr int64_t kReadSecondsMin = 3'600;

struct PlanSize {
  std::string slug = {};
  uint64_t memory_bytes = 0;  // limit_maxbytes of a cache on it
  bool is_production = true;
};

struct ExpectedHitRate {
  std::string plan = {};  // empty: a size that is no plan's
  uint64_t memory_bytes = 0;
  double hit_rate = 0;
  double margin = 0;  // by which its distance from the present one may be off
};

enum class AdviceKind : uint8_t { measuring, stay, larger, smaller };
// Why it is advised to stay.
enum class StayReason : uint8_t {
  none,       // another size is advised
  fits,       // nothing is evicted
  no_gain,    // it evicts, and a larger one would not hit noticeably more
  uncertain,  // it evicts, and a larger one might hit more: the reads do not tell yet
};
constexpr std::string_view name_of(AdviceKind kind) {
  switch (kind) {
    case AdviceKind::measuring:
      return "measuring";
    case AdviceKind::stay:
      return "stay";
    case AdviceKind::larger:
      return "larger";
    case AdviceKind::smaller:
      return "smaller";
  }
  return "";
}
constexpr std::string_view name_of(StayReason reason) {
  switch (reason) {
    case StayReason::none:
      return "";
    case StayReason::fits:
      return "fits";
    case StayReason::no_gain:
      return "no_gain";
    case StayReason::uncertain:
      return "uncertain";
  }
  return "";
}

struct SizeAdvice {
  bool is_known = false;  // false: the cache has not been read since it was last resized
  double hit_rate = 0;    // today's
  std::vector<ExpectedHitRate> sizes = {};        // half, twice and four times the present memory
  std::vector<ExpectedHitRate> plans = {};        // the smallest first
  std::optional<std::string> smallest_plan = {};  // nothing: no plan keeps them
  AdviceKind kind = AdviceKind::measuring;
  StayReason reason = StayReason::none;
  std::optional<ExpectedHitRate> advised = {};  // of larger and smaller: the plan
};

// The miss ratio at any size: between two points by the logarithm of the size, below the first in
// proportion to an empty cache's, above the last as there.
double miss_ratio_at(const tenant::MissRatioCurve& curve, uint64_t memory_bytes);

struct CacheUse {
  tenant::MissRatioCurve curve = {};
  uint64_t used_bytes = 0;   // the most that it held lately; 0: that is not known
  uint64_t held_bytes = 0;   // at this moment
  double evictions = 0;      // in the last minutes, since the curve has been ready
  int64_t read_seconds = 0;  // of the last day: how long it was read, since then
};

// The same, but that from used_bytes on a cache misses no more than today, however far below the
// curve's first point that is: what it held fits.
double miss_ratio_at(const CacheUse& use, uint64_t memory_bytes);

SizeAdvice advise(const CacheUse& use, std::vector<PlanSize> plans);

}  // namespace cachery::control
