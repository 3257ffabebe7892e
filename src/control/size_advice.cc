#include "control/size_advice.h"

#include <algorithm>
#include <cmath>

namespace cachery::control {
namespace {

double keys_per_sample_at(const tenant::MissRatioCurve& curve, uint64_t memory_bytes) {
  double most = 1;
  for (const tenant::MissRatioPoint& point : curve.points) {
    most = std::max(most, point.keys_per_sample);
    if (point.memory_bytes >= std::max(memory_bytes, curve.limit_bytes)) break;
  }
  return most;
}

// Twice the error that is to be expected of a difference; see the head of the header.
double margin_of(const tenant::MissRatioCurve& curve, uint64_t memory_bytes, double difference) {
  if (curve.reads < 1) return 1;
  const double keys = keys_per_sample_at(curve, memory_bytes);
  return 2 * std::sqrt(std::abs(difference) * keys / curve.reads);
}

// The smallest plan whose hit rate is near what the largest would bring. Nothing: none brings
// enough.
const ExpectedHitRate* better_plan(const SizeAdvice& advice, uint64_t limit_bytes) {
  double best = 0;
  for (const ExpectedHitRate& plan : advice.plans) {
    if (plan.memory_bytes > limit_bytes) best = std::max(best, plan.hit_rate);
  }
  const double gain = best - advice.hit_rate;
  if (gain < kGainMin) return nullptr;
  const auto found = std::ranges::find_if(advice.plans, [&](const ExpectedHitRate& plan) {
    return plan.memory_bytes > limit_bytes && plan.hit_rate >= best - gain / 10;
  });
  return found == advice.plans.end() ? nullptr : &*found;
}

// The smallest that keeps today's hits. What production runs on is not advised to move to a plan
// for development.
const ExpectedHitRate* lesser_plan(const SizeAdvice& advice, const CacheUse& use,
                                   const std::vector<PlanSize>& plans) {
  const auto present = std::ranges::find(plans, use.curve.limit_bytes, &PlanSize::memory_bytes);
  const bool is_production = present == plans.end() || present->is_production;
  for (size_t i = 0; i < plans.size(); ++i) {
    const ExpectedHitRate& plan = advice.plans[i];
    if (plan.memory_bytes >= use.curve.limit_bytes) return nullptr;
    if (is_production && !plans[i].is_production) continue;
    if (plan.hit_rate >= kHitsKept * advice.hit_rate) return &plan;
  }
  return nullptr;
}

void decide(const CacheUse& use, const std::vector<PlanSize>& plans, SizeAdvice& advice) {
  if (use.curve.reads < kReadsMin) return;
  const auto full = kFullShare * static_cast<double>(use.curve.limit_bytes);
  if (use.evictions > 0 && static_cast<double>(use.held_bytes) >= full) {
    advice.kind = AdviceKind::stay;
    advice.reason = StayReason::no_gain;
    const ExpectedHitRate* better = better_plan(advice, use.curve.limit_bytes);
    if (better == nullptr) return;
    advice.reason = StayReason::uncertain;
    if (better->hit_rate - advice.hit_rate <= better->margin) return;
    advice.kind = AdviceKind::larger;
    advice.reason = StayReason::none;
    advice.advised = *better;
    return;
  }
  advice.kind = AdviceKind::stay;
  advice.reason = StayReason::fits;
  if (use.read_seconds < kReadSecondsMin) return;
  const ExpectedHitRate* lesser = lesser_plan(advice, use, plans);
  if (lesser == nullptr) return;
  advice.kind = AdviceKind::smaller;
  advice.reason = StayReason::none;
  advice.advised = *lesser;
}

}  // namespace

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
  const double present = 1 - miss_ratio_at(use, curve.limit_bytes);
  const auto expected = [&](std::string plan, uint64_t memory_bytes) -> ExpectedHitRate {
    const double rate = 1 - miss_ratio_at(use, memory_bytes);
    return {std::move(plan), memory_bytes, rate, margin_of(curve, memory_bytes, rate - present)};
  };
  advice.is_known = true;
  advice.hit_rate = present;
  for (const uint64_t size :
       {curve.limit_bytes / 2, curve.limit_bytes * 2, curve.limit_bytes * 4}) {
    advice.sizes.push_back(expected("", size));
  }
  std::ranges::sort(plans, {}, &PlanSize::memory_bytes);
  for (const PlanSize& plan : plans) {
    advice.plans.push_back(expected(plan.slug, plan.memory_bytes));
    if (!advice.smallest_plan && advice.plans.back().hit_rate >= kHitsKept * advice.hit_rate) {
      advice.smallest_plan = advice.plans.back().plan;
    }
  }
  decide(use, plans, advice);
  return advice;
}

}  // namespace cachery::control
