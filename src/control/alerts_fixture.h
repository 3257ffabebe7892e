// For tests: what alerts and deliveries ask of others, where a test is about something else.
// Nothing is measured, and whatever is delivered gets one answer.
#pragma once

#include <optional>

#include "control/alert_measurements.h"
#include "control/courier.h"

namespace cachery::control {

class NoMeasurements final : public AlertMeasurements {
 public:
  Result<std::optional<AlertMeasures>> of_cache(tenant::CacheId, const TimeWindow&) override {
    return std::nullopt;
  }
  std::optional<int64_t> certificate_end_unix_seconds() const override { return std::nullopt; }
};

class AnsweringCourier final : public Courier {
 public:
  Status deliver(const Parcel&, int64_t) override { return answer; }
  Status answer = {};
};

}  // namespace cachery::control
