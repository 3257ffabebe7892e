// Months as bills have them: of the calendar, in UTC, so that every month is whole hours and none
// is lost or doubled where clocks change twice a year.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace cachery::control {

using BillingMonth = std::chrono::year_month;

BillingMonth month_of(int64_t unix_seconds);
BillingMonth next_month(BillingMonth month);
int64_t start_of(BillingMonth month);  // unix seconds
int64_t end_of(BillingMonth month);    // the start of the next one
int64_t hours_in(BillingMonth month);  // 672 to 744

std::string name_of(BillingMonth month);  // "2024-02"
// invalid: anything but a year from 1970 to 9999, a hyphen, and a month from 01 to 12.
[[nodiscard]] Result<BillingMonth> parse_month(std::string_view text);

}  // namespace cachery::control
