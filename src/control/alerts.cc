#include "control/alerts.h"

#include <fmt/format.h>

#include <algorithm>

#include "control/alert_records.h"
#include "control/deliveries.h"
#include "control/transaction.h"

namespace cachery::control {
namespace {

Result<AlertRecord> find_record(Records& records, AlertScope scope, AlertId id) {
  auto found = records.alerts().find(id);
  if (!found) return std::unexpected(found.error());
  if (*found && (*found)->scope == scope) return std::move(**found);
  return fail(Fault::not_found, fmt::format("there is no alert {} here: list those there are", id));
}

boost::json::object describe(const AlertRecord& alert) {
  return {{"trigger", row_of(alert.trigger).name},
          {"threshold", alert.threshold},
          {"delivery_config", alert.config},
          {"description", alert.description},
          {"enabled", alert.is_enabled}};
}

Status check_trigger(const AlertRecord& alert) {
  const AlertTriggerRow& row = row_of(alert.trigger);
  const bool is_of_cache = row.about == AlertTriggerRow::About::cache;
  if (is_of_cache != (alert.scope != kInstallation)) {
    return fail(Fault::invalid, fmt::format("{} is measured of {}: set it there", row.name,
                                            is_of_cache ? "a cache" : "the installation"));
  }
  return check_threshold(alert.trigger, alert.threshold);
}

Status check_config(Records& records, const AlertRecord& alert) {
  if (alert.config == 0) return {};
  const auto config = records.deliveries().find_config(alert.config);
  if (!config) return std::unexpected(config.error());
  if (*config && (*config)->scope == alert.scope) return {};
  return fail(Fault::invalid,
              fmt::format("there is no delivery configuration {} here: make one, or "
                          "leave it out",
                          alert.config));
}

Status check(Records& records, const AlertRecord& alert) {
  if (alert.description.size() > kAlertDescriptionBytesMax) {
    return fail(Fault::invalid,
                fmt::format("the description is longer than {} bytes", kAlertDescriptionBytesMax));
  }
  if (auto checked = check_trigger(alert); !checked) return checked;
  return check_config(records, alert);
}

Status check_room(Records& records, AlertScope scope) {
  const auto present = records.alerts().of(scope);
  if (!present) return std::unexpected(present.error());
  if (present->size() < kAlertsMax) return {};
  return fail(Fault::conflict, fmt::format("there are {} alerts already, which is the most: delete "
                                           "one",
                                           present->size()));
}

// Writes down what happened and queues telling it.
Status note(Records& records, AlertEventRecord event, DeliveryConfigId config_id) {
  const auto id = records.next(kAlertEventIds);
  if (!id) return std::unexpected(id.error());
  event.id = *id;
  if (auto inserted = records.alerts().insert_event(event); !inserted) return inserted;
  if (config_id == 0) return {};
  const auto config = records.deliveries().find_config(config_id);
  if (!config) return std::unexpected(config.error());
  if (!*config) return {};
  const auto kind = event.kind == AlertEventKind::fired ? DeliveryKind::alert_fired
                                                        : DeliveryKind::alert_resolved;
  const auto queued = Deliveries::queue(records, {**config, kind, event.id}, event.at_unix_seconds);
  if (!queued) return std::unexpected(queued.error());
  return {};
}

AlertEventRecord event_of(const AlertRecord& alert, int64_t unix_seconds) {
  return {.alert = alert.id,
          .scope = alert.scope,
          .trigger = alert.trigger,
          .threshold = alert.threshold,
          .description = alert.description,
          .at_unix_seconds = unix_seconds};
}

// For an alert that fires and will not be what it was.
Status resolve_unmeasured(Records& records, const AlertRecord& alert, AlertEventReason reason,
                          int64_t unix_seconds) {
  AlertEventRecord event = event_of(alert, unix_seconds);
  event.kind = AlertEventKind::resolved;
  event.reason = reason;
  return note(records, std::move(event), alert.config);
}

AlertRecord patched(AlertRecord alert, const AlertPatch& patch) {
  if (patch.trigger) alert.trigger = *patch.trigger;
  if (patch.threshold) alert.threshold = *patch.threshold;
  if (patch.config) alert.config = *patch.config;
  if (patch.description) alert.description = *patch.description;
  if (patch.is_enabled) alert.is_enabled = *patch.is_enabled;
  return alert;
}

// What a change of a firing alert says to those who were told; nothing: that it goes on.
std::optional<AlertEventReason> reason_to_resolve(const AlertRecord& from, const AlertRecord& to) {
  if (from.state != AlertState::firing) return std::nullopt;
  if (!to.is_enabled) return AlertEventReason::disabled;
  const bool is_another =
      from.trigger != to.trigger || from.threshold != to.threshold || from.config != to.config;
  if (is_another) return AlertEventReason::changed;
  return std::nullopt;
}

}  // namespace

NewAlert new_alert_of(const AlertPatch& patch) {
  NewAlert wanted{.trigger = *patch.trigger, .threshold = *patch.threshold};
  wanted.config = patch.config.value_or(wanted.config);
  wanted.description = patch.description.value_or(wanted.description);
  wanted.is_enabled = patch.is_enabled.value_or(wanted.is_enabled);
  return wanted;
}

std::string_view name_of(AlertState state) { return state == AlertState::ok ? "ok" : "firing"; }

std::string_view name_of(AlertEventKind kind) {
  return kind == AlertEventKind::fired ? "fired" : "resolved";
}

std::string_view name_of(AlertEventReason reason) {
  switch (reason) {
    case AlertEventReason::measured:
      return "measured";
    case AlertEventReason::changed:
      return "changed";
    case AlertEventReason::disabled:
      return "disabled";
    case AlertEventReason::deleted:
      return "deleted";
  }
  return "";
}

Status Alerts::note_change(Records& records, const Actor& actor, std::string_view verb,
                           const AlertRecord* before, const AlertRecord* after) const {
  const AlertRecord& alert = after != nullptr ? *after : *before;
  return audit_.note(records, actor,
                     {.action = fmt::format("alert.{}", verb),
                      .object_kind = "alert",
                      .object_id = std::to_string(alert.id),
                      .cache = alert.scope,
                      .before = before != nullptr ? describe(*before) : boost::json::object(),
                      .after = after != nullptr ? describe(*after) : boost::json::object()});
}

Result<std::vector<AlertRecord>> Alerts::list(AlertScope scope) {
  return read(store_, [&](Records& records) { return records.alerts().of(scope); });
}

Result<AlertRecord> Alerts::find(AlertScope scope, AlertId id) {
  return read(store_, [&](Records& records) { return find_record(records, scope, id); });
}

Result<AlertRecord> Alerts::create(const Actor& actor, AlertScope scope, const NewAlert& wanted) {
  const int64_t now = clock_.now().unix_seconds;
  AlertRecord alert{.scope = scope,
                    .trigger = wanted.trigger,
                    .threshold = wanted.threshold,
                    .config = wanted.config,
                    .description = wanted.description,
                    .is_enabled = wanted.is_enabled,
                    .state_unix_seconds = now,
                    .created_unix_seconds = now};
  const auto done = store_.write([&](Records& records) -> Status {
    if (auto checked = check(records, alert); !checked) return checked;
    if (auto room = check_room(records, scope); !room) return room;
    const auto id = records.next(kAlertIds);
    if (!id) return std::unexpected(id.error());
    alert.id = *id;
    if (auto inserted = records.alerts().insert(alert); !inserted) return inserted;
    return note_change(records, actor, "create", nullptr, &alert);
  });
  if (!done) return std::unexpected(done.error());
  return alert;
}

Result<AlertRecord> Alerts::update(const Actor& actor, AlertScope scope, AlertId id,
                                   const AlertPatch& patch) {
  const int64_t now = clock_.now().unix_seconds;
  AlertRecord alert;
  const auto done = store_.write([&](Records& records) -> Status {
    const auto found = find_record(records, scope, id);
    if (!found) return std::unexpected(found.error());
    alert = patched(*found, patch);
    if (auto checked = check(records, alert); !checked) return checked;
    if (const auto reason = reason_to_resolve(*found, alert)) {
      alert.state = AlertState::ok;
      alert.state_unix_seconds = now;
      auto resolved = resolve_unmeasured(records, *found, *reason, now);
      if (!resolved) return resolved;
    }
    if (auto updated = records.alerts().update(alert); !updated) return updated;
    return note_change(records, actor, "update", &*found, &alert);
  });
  if (!done) return std::unexpected(done.error());
  return alert;
}

Status Alerts::remove(const Actor& actor, AlertScope scope, AlertId id) {
  const int64_t now = clock_.now().unix_seconds;
  return store_.write([&](Records& records) -> Status {
    const auto found = find_record(records, scope, id);
    if (!found) return std::unexpected(found.error());
    if (found->state == AlertState::firing) {
      auto told = resolve_unmeasured(records, *found, AlertEventReason::deleted, now);
      if (!told) return told;
    }
    if (auto removed = records.alerts().remove(id); !removed) return removed;
    return note_change(records, actor, "delete", &*found, nullptr);
  });
}

Result<std::vector<AlertEventRecord>> Alerts::events(AlertScope scope, const EventPage& page) {
  return read(store_, [&](Records& records) { return records.alerts().events_of(scope, page); });
}

Status Alerts::evaluate(const Now& now) {
  // Measuring reads much, so it is done outside of the transaction that changes anything.
  auto watching = read(store_, [](Records& records) { return records.alerts().watching(); });
  if (!watching) return std::unexpected(watching.error());
  const auto turns = judge_all(std::move(*watching), now.unix_seconds);
  if (!turns) return std::unexpected(turns.error());
  if (turns->empty()) return {};
  return store_.write([&](Records& records) -> Status {
    for (const Turn& turn : *turns) {
      const auto turned = records.alerts().turn(turn.alert, now.unix_seconds);
      if (!turned) return std::unexpected(turned.error());
      if (!*turned) continue;
      AlertEventRecord event = event_of(turn.alert, now.unix_seconds);
      const bool fires = turn.alert.state == AlertState::ok;
      event.kind = fires ? AlertEventKind::fired : AlertEventKind::resolved;
      event.value = turn.value;
      if (auto noted = note(records, std::move(event), turn.alert.config); !noted) return noted;
    }
    return {};
  });
}

Status Alerts::prune(const Now& now) {
  return store_.write([&](Records& records) {
    return records.alerts().remove_events_before(now.unix_seconds - kAlertEventsKeptSeconds);
  });
}

Result<std::vector<Alerts::Turn>> Alerts::judge_all(std::vector<AlertRecord> alerts,
                                                    int64_t unix_seconds) {
  const TimeWindow window{unix_seconds - window_seconds_, unix_seconds};
  std::vector<Turn> turns;
  AlertScope measured = kInstallation;
  std::optional<AlertMeasures> measures;
  for (AlertRecord& alert : alerts) {
    if (alert.scope != measured) {
      auto found = measurements_.of_cache(alert.scope, window);
      if (!found) return std::unexpected(found.error());
      measures = std::move(*found);
      measured = alert.scope;
    }
    std::optional<double> value;
    if (alert.scope == kInstallation) value = installation_value(alert.trigger, unix_seconds);
    if (alert.scope != kInstallation && measures) value = measure(alert.trigger, *measures);
    if (judge(alert.trigger, alert.threshold, alert.state, value) == alert.state) continue;
    turns.push_back({std::move(alert), value});
  }
  return turns;
}

std::optional<double> Alerts::installation_value(AlertTrigger trigger, int64_t unix_seconds) const {
  if (trigger != AlertTrigger::certificate_expiry) return std::nullopt;
  const auto end = measurements_.certificate_end_unix_seconds();
  if (!end) return std::nullopt;
  return static_cast<double>(*end - unix_seconds) / static_cast<double>(kDaySeconds);
}

}  // namespace cachery::control
