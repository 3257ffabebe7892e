// When an alert fires and when it resolves: the table of triggers and one pure function. A value is
// an average over a window of minutes, so that one bad minute tells nobody; an alert that fires
// resolves only when the value has come back past the threshold by a margin, so that a value that
// lies on the threshold does not ring twice a minute. Without enough to judge by (too little
// traffic, too few samples) an alert keeps the state it has.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "base/error.h"

namespace cachery::control {

enum class AlertTrigger : uint8_t {
  hit_rate,
  memory_usage,
  eviction_rate,
  connection_usage,
  auth_error_rate,
  certificate_expiry,
};

enum class AlertState : uint8_t { ok, firing };

// What is judged is the growth over the window that ends now, five times in each. (The setting
// --alert-window has another.)
inline constexpr int64_t kAlertWindowSeconds = 300;
inline constexpr int64_t kAlertJudgements = 5;
// Less of it than this says nothing: a cache that was just made, a service that just started.
constexpr int64_t alert_coverage_seconds_min(int64_t window_seconds) {
  return window_seconds * 2 / kAlertJudgements;
}
// A hit rate of fewer gets than this in the window is chance: at 100, one request moves it by 1 %.
inline constexpr uint64_t kAlertGetsMin = 100;

struct AlertTriggerRow {
  AlertTrigger trigger;
  std::string_view name;  // as the API and the database have it
  enum class Fires : uint8_t { below, above } fires;
  enum class About : uint8_t { cache, installation } about;
  int64_t threshold_max;  // the least is 0
  // How far past the threshold it resolves: units, or if that is 0 a tenth of the threshold.
  int64_t margin;
  std::string_view unit;  // behind the number in a sentence
  std::string_view what;  // "hit rate"
};

std::span<const AlertTriggerRow> alert_triggers();
const AlertTriggerRow& row_of(AlertTrigger trigger);
// invalid, with the names that there are.
[[nodiscard]] Result<AlertTrigger> find_alert_trigger(std::string_view name);
// What is wrong with a threshold, with the bounds.
[[nodiscard]] Status check_threshold(AlertTrigger trigger, int64_t threshold);

// One cache over one window. Rates of a counter that was reset within it count from the reset.
struct AlertMeasures {
  int64_t window_seconds = kAlertWindowSeconds;
  int64_t covered_seconds = 0;  // of the window
  uint64_t get_hits = 0;
  uint64_t get_misses = 0;
  uint64_t evictions = 0;
  uint64_t auth_errors = 0;
  double bytes = 0;  // averages, these two
  double connections = 0;
  uint64_t limit_bytes = 0;
  uint32_t connections_max = 0;  // 0: no limit
};

// What a cache's trigger is compared by, in its unit; empty when there is too little to judge by.
std::optional<double> measure(AlertTrigger trigger, const AlertMeasures& measures);

// The state of an alert that is in `present` and is measured at `value`.
AlertState judge(AlertTrigger trigger, int64_t threshold, AlertState present,
                 std::optional<double> value);

}  // namespace cachery::control
