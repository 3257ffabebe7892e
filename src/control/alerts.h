// Alerts: conditions that people set on their caches, and the job that looks five times a window,
// once a minute, whether they hold. The rules are in alert_rules.h. A change of state, the event
// that says so and the delivery that tells it are one transaction, made only if the row is still in
// the state that was judged: two control planes on one database, or a crash in between, fire and
// resolve once. An alert that fires and is changed, disabled or deleted is resolved by that, so
// that whoever was told that something is wrong is told that it is over.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "control/actor.h"
#include "control/audit.h"
#include "control/delivery_records.h"
#include "control/store.h"
#include "control/time_window.h"

namespace cachery::control {

inline constexpr std::chrono::seconds kAlertPruningPeriod{3600};
inline constexpr size_t kAlertsMax = 50;  // a scope
inline constexpr size_t kAlertDescriptionBytesMax = 500;
inline constexpr int64_t kAlertEventsKeptSeconds = 90 * 86'400;
inline constexpr uint32_t kAlertPageRowsMax = 1000;  // of events and of deliveries

// What alerts are judged by. Its twin on real nodes: alert_measurements.h.
class AlertMeasurements {
 public:
  virtual ~AlertMeasurements() = default;

  // Outside any transaction. Nothing: there is no such cache, or its node does not know it.
  [[nodiscard]] virtual Result<std::optional<AlertMeasures>> of_cache(tenant::CacheId cache,
                                                                      const TimeWindow& window) = 0;
  // When the certificate that clients are shown ends; nothing: there is none.
  virtual std::optional<int64_t> certificate_end_unix_seconds() const = 0;
};

struct NewAlert {
  AlertTrigger trigger = AlertTrigger::hit_rate;
  int64_t threshold = 0;
  DeliveryConfigId config = 0;  // 0: nobody is told
  std::string description = {};
  bool is_enabled = true;
};

// Only what is set changes, all of it or nothing.
struct AlertPatch {
  std::optional<AlertTrigger> trigger = {};
  std::optional<int64_t> threshold = {};
  std::optional<DeliveryConfigId> config = {};
  std::optional<std::string> description = {};
  std::optional<bool> is_enabled = {};
};

// Of a patch that has a trigger and a threshold; what else it lacks is as NewAlert has it.
NewAlert new_alert_of(const AlertPatch& patch);

// Names as the API and the database have them: "ok", "fired", "measured", ...
std::string_view name_of(AlertState state);
std::string_view name_of(AlertEventKind kind);
std::string_view name_of(AlertEventReason reason);

class Alerts {
 public:
  // All must outlive it.
  Alerts(Store& store, AlertMeasurements& measurements, const Audit& audit, const Clock& clock,
         int64_t window_seconds = kAlertWindowSeconds)
      : store_(store),
        measurements_(measurements),
        audit_(audit),
        clock_(clock),
        window_seconds_(window_seconds) {}

  // How often the job is to be run.
  std::chrono::seconds period() const {
    return std::chrono::seconds(window_seconds_ / kAlertJudgements);
  }

  [[nodiscard]] Result<std::vector<AlertRecord>> list(AlertScope scope);
  // not_found: nor is it when another scope has it.
  [[nodiscard]] Result<AlertRecord> find(AlertScope scope, AlertId id);
  [[nodiscard]] Result<AlertRecord> create(const Actor& actor, AlertScope scope,
                                           const NewAlert& wanted);
  [[nodiscard]] Result<AlertRecord> update(const Actor& actor, AlertScope scope, AlertId id,
                                           const AlertPatch& patch);
  [[nodiscard]] Status remove(const Actor& actor, AlertScope scope, AlertId id);
  // The newest first.
  [[nodiscard]] Result<std::vector<AlertEventRecord>> events(AlertScope scope,
                                                             const EventPage& page);

  // Jobs, both: judges every alert; drops events that are too old to be kept.
  [[nodiscard]] Status evaluate(const Now& now);
  [[nodiscard]] Status prune(const Now& now);

 private:
  struct Turn {
    AlertRecord alert;  // in the state that it leaves
    std::optional<double> value;
  };

  [[nodiscard]] Status note_change(Records& records, const Actor& actor, std::string_view verb,
                                   const AlertRecord* before, const AlertRecord* after) const;
  [[nodiscard]] Result<std::vector<Turn>> judge_all(std::vector<AlertRecord> alerts,
                                                    int64_t unix_seconds);
  std::optional<double> installation_value(AlertTrigger trigger, int64_t unix_seconds) const;

  Store& store_;
  AlertMeasurements& measurements_;
  const Audit& audit_;
  const Clock& clock_;
  const int64_t window_seconds_;
};

}  // namespace cachery::control
