#include "control/size_advice.h"

#include <algorithm>
#include <cmath>

namespace cachery::control {

double miss_ratio_at(const tenant::MissRatioCurve& curve, uint64_t memory_bytes) {
  const auto& points = curve.points;
  if (points.empty()) return 1;
  const auto size = static_cast<double>(std::max<uint64_t>(memory_bytes, 1));
  const auto above = std::ranges::find_if(
      points, [&](const auto& point) { return point.memory_bytes >= memory_bytes; });
  if (above == points.end()) return points.back().miss_ratio;
  const auto high = static_cast<double>(above->memory_bytes);
  if (above == points.begin()) return 1 - (1 - above->miss_ratio) * size / high;
  const auto& below = *(above - 1);
  const auto low = static_cast<double>(below.memory_bytes);
  const double share = std::log(size / low) / std::log(high / low);
  return below.miss_ratio + share * (above->miss_ratio - below.miss_ratio);
}

double miss_ratio_at(const CacheUse& use, uint64_t memory_bytes) {
  const double by_curve = miss_ratio_at(use.curve, memory_bytes);
  if (use.used_bytes == 0 || use.curve.points.empty()) return by_curve;
  const double present = miss_ratio_at(use.curve, use.curve.limit_bytes);
  if (memory_bytes >= use.used_bytes) return std::min(by_curve, present);
  if (use.used_bytes >= use.curve.points.front().memory_bytes) return by_curve;
  const double share = static_cast<double>(memory_bytes) / static_cast<double>(use.used_bytes);
  return 1 - (1 - present) * share;
}

SizeAdvice advise(const CacheUse& use, std::vector<PlanSize> plans) {
  const tenant::MissRatioCurve& curve = use.curve;
  SizeAdvice advice;
  if (curve.points.empty()) return advice;
  const auto expected = [&](std::string plan, uint64_t memory_bytes) -> ExpectedHitRate {
    return {std::move(plan), memory_bytes, 1 - miss_ratio_at(use, memory_bytes)};
  };
  advice.is_known = true;
  advice.hit_rate = expected("", curve.limit_bytes).hit_rate;
  for (const uint64_t size :
       {curve.limit_bytes / 2, curve.limit_bytes * 2, curve.limit_bytes * 4}) {
    advice.sizes.push_back(expected("", size));
  }
  std::ranges::sort(plans, {}, &PlanSize::memory_bytes);
  for (PlanSize& plan : plans) {
    advice.plans.push_back(expected(std::move(plan.slug), plan.memory_bytes));
    if (!advice.smallest_plan && advice.plans.back().hit_rate >= kHitsKept * advice.hit_rate) {
      advice.smallest_plan = advice.plans.back().plan;
    }
  }
  return advice;
}

}  // namespace cachery::control
