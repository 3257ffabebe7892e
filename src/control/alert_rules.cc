#include "control/alert_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

namespace cachery::control {
namespace {

using Fires = AlertTriggerRow::Fires;
using About = AlertTriggerRow::About;

constexpr int64_t kPercentMax = 100;
constexpr int64_t kRateMax = 1'000'000'000;
constexpr int64_t kDaysMax = 365;

// In the order of the enum.
constexpr std::array kTriggers = {
    AlertTriggerRow{AlertTrigger::hit_rate, "hit_rate", Fires::below, About::cache, kPercentMax, 2,
                    "%", "hit rate"},
    AlertTriggerRow{AlertTrigger::memory_usage, "memory_usage", Fires::above, About::cache,
                    kPercentMax, 2, "%", "memory in use"},
    AlertTriggerRow{AlertTrigger::eviction_rate, "eviction_rate", Fires::above, About::cache,
                    kRateMax, 0, " a minute", "evictions"},
    AlertTriggerRow{AlertTrigger::connection_usage, "connection_usage", Fires::above, About::cache,
                    kPercentMax, 2, "%", "connections in use"},
    AlertTriggerRow{AlertTrigger::auth_error_rate, "auth_error_rate", Fires::above, About::cache,
                    kRateMax, 0, " a minute", "failed logins"},
    AlertTriggerRow{AlertTrigger::certificate_expiry, "certificate_expiry", Fires::below,
                    About::installation, kDaysMax, 1, " days", "life of the TLS certificate"},
};

constexpr bool is_in_order() {
  for (size_t i = 0; i < kTriggers.size(); ++i) {
    if (static_cast<size_t>(kTriggers[i].trigger) != i) return false;
  }
  return true;
}
static_assert(is_in_order() &&
              kTriggers.size() == static_cast<size_t>(AlertTrigger::certificate_expiry) + 1);
static_assert(alert_coverage_seconds_min(kAlertWindowSeconds) < kAlertWindowSeconds);

std::string trigger_names() {
  std::string names;
  for (const AlertTriggerRow& row : kTriggers) {
    if (!names.empty()) names += ", ";
    names += row.name;
  }
  return names;
}

double a_minute(uint64_t count, int64_t seconds) {
  return static_cast<double>(count) * 60 / static_cast<double>(seconds);
}

std::optional<double> percent(double part, double whole) {
  if (whole <= 0) return std::nullopt;
  return 100 * part / whole;
}

bool is_past_margin(const AlertTriggerRow& row, double threshold, double value) {
  const double margin = row.margin != 0 ? static_cast<double>(row.margin) : threshold / 10;
  if (row.fires == Fires::above) return value <= std::max(0.0, threshold - margin);
  // A percentage cannot come back past its whole.
  return value >= std::min(threshold + margin, static_cast<double>(row.threshold_max));
}

}  // namespace

std::span<const AlertTriggerRow> alert_triggers() { return kTriggers; }

const AlertTriggerRow& row_of(AlertTrigger trigger) {
  return kTriggers[static_cast<size_t>(trigger)];
}

Result<AlertTrigger> find_alert_trigger(std::string_view name) {
  const auto at = std::ranges::find(kTriggers, name, &AlertTriggerRow::name);
  if (at != kTriggers.end()) return at->trigger;
  return fail(Fault::invalid, fmt::format("there is no trigger \"{}\": choose one of {}",
                                          name.substr(0, 64), trigger_names()));
}

Status check_threshold(AlertTrigger trigger, int64_t threshold) {
  const AlertTriggerRow& row = row_of(trigger);
  if (threshold >= 0 && threshold <= row.threshold_max) return {};
  return fail(Fault::invalid, fmt::format("{} cannot be the threshold of {}: give 0 to {}",
                                          threshold, row.name, row.threshold_max));
}

std::optional<double> measure(AlertTrigger trigger, const AlertMeasures& measures) {
  if (measures.covered_seconds < alert_coverage_seconds_min(measures.window_seconds)) {
    return std::nullopt;
  }
  const uint64_t gets = measures.get_hits + measures.get_misses;
  switch (trigger) {
    case AlertTrigger::hit_rate:
      if (gets < kAlertGetsMin) return std::nullopt;
      return percent(static_cast<double>(measures.get_hits), static_cast<double>(gets));
    case AlertTrigger::memory_usage:
      return percent(measures.bytes, static_cast<double>(measures.limit_bytes));
    case AlertTrigger::eviction_rate:
      return a_minute(measures.evictions, measures.covered_seconds);
    case AlertTrigger::connection_usage:
      return percent(measures.connections, measures.connections_max);
    case AlertTrigger::auth_error_rate:
      return a_minute(measures.auth_errors, measures.covered_seconds);
    case AlertTrigger::certificate_expiry:
      break;  // no cache has one
  }
  return std::nullopt;
}

AlertState judge(AlertTrigger trigger, int64_t threshold, AlertState present,
                 std::optional<double> value) {
  if (!value) return present;
  const AlertTriggerRow& row = row_of(trigger);
  const auto bound = static_cast<double>(threshold);
  const bool is_breached = row.fires == Fires::below ? *value < bound : *value > bound;
  if (is_breached) return AlertState::firing;
  if (present == AlertState::firing && !is_past_margin(row, bound, *value)) return present;
  return AlertState::ok;
}

}  // namespace cachery::control
