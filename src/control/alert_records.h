// Alerts as rows: a condition on one cache (or, with cache 0, on the installation), whether it
// holds now, and what happened to it. The event is the fact that people are told; how they are told
// is in delivery_records.h. Its twin in control/db: alert_rows.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "control/alert_rules.h"
#include "control/sequence.h"
#include "tenant/snapshot.h"

namespace cachery::control {

using AlertId = uint64_t;
using AlertEventId = uint64_t;
using DeliveryConfigId = uint64_t;

inline constexpr Sequence kAlertIds{.name = "alert"};
inline constexpr Sequence kAlertEventIds{.name = "alert_event"};

// What an alert, a delivery or its configuration belongs to: a cache, or 0 for the installation.
using AlertScope = tenant::CacheId;
inline constexpr AlertScope kInstallation = 0;

struct AlertRecord {
  AlertId id = 0;
  AlertScope scope = kInstallation;
  AlertTrigger trigger = AlertTrigger::hit_rate;
  int64_t threshold = 0;        // in the trigger's unit
  DeliveryConfigId config = 0;  // 0: kept and listed, but nobody is told
  std::string description = {};
  bool is_enabled = true;
  AlertState state = AlertState::ok;
  int64_t state_unix_seconds = 0;  // since when it is in this state
  int64_t created_unix_seconds = 0;
};

enum class AlertEventKind : uint8_t { fired, resolved };

// Why an alert is resolved without having been measured.
enum class AlertEventReason : uint8_t { measured, changed, disabled, deleted };

// All that it says is as it was then: the alert may have been changed or deleted since.
struct AlertEventRecord {
  AlertEventId id = 0;
  AlertId alert = 0;
  AlertScope scope = kInstallation;
  AlertEventKind kind = AlertEventKind::fired;
  AlertEventReason reason = AlertEventReason::measured;
  AlertTrigger trigger = AlertTrigger::hit_rate;
  int64_t threshold = 0;
  std::optional<double> value = {};  // empty when the reason is not a measurement
  std::string description = {};
  int64_t at_unix_seconds = 0;
};

// A page of a list that grows at its front.
struct EventPage {
  uint64_t before = 0;  // only rows with a smaller id; 0: from the newest on
  uint32_t count_max = 0;
};

class AlertRecords {
 public:
  virtual ~AlertRecords() = default;

  // In the order of their ids.
  [[nodiscard]] virtual Result<std::vector<AlertRecord>> of(AlertScope scope) = 0;
  // Of all scopes whose cache serves (neither disabled nor deleted), in the order of their scopes.
  [[nodiscard]] virtual Result<std::vector<AlertRecord>> watching() = 0;
  [[nodiscard]] virtual Result<std::optional<AlertRecord>> find(AlertId id) = 0;
  [[nodiscard]] virtual Result<uint64_t> count_of_config(DeliveryConfigId config) = 0;
  [[nodiscard]] virtual Status insert(const AlertRecord& alert) = 0;
  // All but its id, scope and time of creation.
  [[nodiscard]] virtual Status update(const AlertRecord& alert) = 0;
  // From the state `alert` has to the other one, if the row still is as `alert` says: false when
  // somebody was faster, so that what happens once is told once.
  [[nodiscard]] virtual Result<bool> turn(const AlertRecord& alert, int64_t unix_seconds) = 0;
  [[nodiscard]] virtual Status remove(AlertId id) = 0;

  [[nodiscard]] virtual Status insert_event(const AlertEventRecord& event) = 0;
  [[nodiscard]] virtual Result<std::optional<AlertEventRecord>> find_event(AlertEventId id) = 0;
  // The newest first.
  [[nodiscard]] virtual Result<std::vector<AlertEventRecord>> events_of(AlertScope scope,
                                                                        const EventPage& page) = 0;
  [[nodiscard]] virtual Status remove_events_before(int64_t unix_seconds) = 0;
};

}  // namespace cachery::control
