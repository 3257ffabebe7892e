// What a month costs: from usage events to lines of bills. The rule, which docs/billing.md
// promises:
// - A cache is charged for every hour of the UTC clock in which it existed, be it a second. The
// hour
//   costs by the dearest plan that the cache was on within it (of equal prices the earlier one, and
//   its team pays).
// - An hour of a plan costs its monthly price divided by the hours of that month, so that a full
// month
//   costs exactly the price, in February as in July.
// - What one cache costs one team in a month is added up exactly and rounded once, half up, to
// whole
//   minor units. Its lines are rounded down, and the units that are missing then go to the lines
//   that lost most (the method of the largest remainder). So lines add up to the total, and
//   changing plans a hundred times costs nobody more than half a unit.
// Rejected: rounding each line or each hour (a full month would miss its price by up to 744
// halves), and fractions kept on the bill (nobody can pay them).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "control/billing_month.h"
#include "control/usage_records.h"

namespace cachery::control {

// A cache's hours on one plan at one price, within one month.
struct ChargeLine {
  uint64_t team = 0;
  tenant::CacheId cache = 0;
  std::string cache_name = {};  // its last one in the month
  std::string plan = {};
  int64_t price_minor = 0;  // a month
  int64_t hours = 0;
  int64_t month_hours = 0;
  int64_t amount_minor = 0;

  bool operator==(const ChargeLine&) const = default;
};

// Of the month up to `until` (of what is later, nothing is known). The events may come in any
// order; those of one cache in one second count by their ids. Ordered by team, cache, and first
// hour.
std::vector<ChargeLine> charge(BillingMonth month, int64_t until,
                               std::span<const UsageEvent> events);

int64_t total_minor(std::span<const ChargeLine> lines);

}  // namespace cachery::control
