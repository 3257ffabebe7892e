#include "control/db/alert_rows.h"

#include "control/alerts.h"

namespace cachery::control::db {
namespace {

#define SELECT_ALERT                                                                \
  "SELECT a.id, a.scope, a.trigger_type, a.threshold, a.config_id, a.description, " \
  "a.is_enabled, a.state, a.state_unix_seconds, a.created_unix_seconds FROM alerts AS a "
#define SELECT_EVENT                                                                           \
  "SELECT id, alert_id, scope, kind, reason, trigger_type, threshold, measured, description, " \
  "at_unix_seconds FROM alert_events "

// Rows are written by us, with names of ours: what is no name cannot come up.
AlertTrigger read_trigger(Statement& row) {
  return find_alert_trigger(row.text()).value_or(AlertTrigger::hit_rate);
}

AlertEventReason read_reason(Statement& row) {
  const std::string name = row.text();
  for (const auto reason :
       {AlertEventReason::changed, AlertEventReason::disabled, AlertEventReason::deleted}) {
    if (name == name_of(reason)) return reason;
  }
  return AlertEventReason::measured;
}

AlertRecord read_alert(Statement& row) {
  AlertRecord alert;
  alert.id = static_cast<AlertId>(row.integer());
  alert.scope = static_cast<AlertScope>(row.integer());
  alert.trigger = read_trigger(row);
  alert.threshold = row.integer();
  alert.config = static_cast<DeliveryConfigId>(row.integer());  // NULL reads as 0
  alert.description = row.text();
  alert.is_enabled = row.truth();
  alert.state = row.text() == name_of(AlertState::firing) ? AlertState::firing : AlertState::ok;
  alert.state_unix_seconds = row.integer();
  alert.created_unix_seconds = row.integer();
  return alert;
}

AlertEventRecord read_event(Statement& row) {
  AlertEventRecord event;
  event.id = static_cast<AlertEventId>(row.integer());
  event.alert = static_cast<AlertId>(row.integer());
  event.scope = static_cast<AlertScope>(row.integer());
  event.kind = row.text() == name_of(AlertEventKind::fired) ? AlertEventKind::fired
                                                            : AlertEventKind::resolved;
  event.reason = read_reason(row);
  event.trigger = read_trigger(row);
  event.threshold = row.integer();
  event.value = row.optional_real();
  event.description = row.text();
  event.at_unix_seconds = row.integer();
  return event;
}

uint64_t read_count(Statement& row) { return static_cast<uint64_t>(row.integer()); }

std::optional<DeliveryConfigId> reference(DeliveryConfigId config) {
  if (config == 0) return std::nullopt;
  return config;
}

AlertState other(AlertState state) {
  return state == AlertState::ok ? AlertState::firing : AlertState::ok;
}

}  // namespace

Result<std::vector<AlertRecord>> AlertRows::of(AlertScope scope) {
  return database_.prepare(SELECT_ALERT "WHERE a.scope = ? ORDER BY a.id")
      .bind(scope)
      .all(read_alert);
}

Result<std::vector<AlertRecord>> AlertRows::watching() {
  return database_
      .prepare(SELECT_ALERT
               "LEFT JOIN caches AS c ON c.id = a.scope "
               "WHERE a.is_enabled = 1 AND (a.scope = 0 OR c.is_enabled = 1) "
               "ORDER BY a.scope, a.id")
      .all(read_alert);
}

Result<std::optional<AlertRecord>> AlertRows::find(AlertId id) {
  return database_.prepare(SELECT_ALERT "WHERE a.id = ?").bind(id).first(read_alert);
}

Result<uint64_t> AlertRows::count_of_config(DeliveryConfigId config) {
  const auto count = database_.prepare("SELECT COUNT(*) FROM alerts WHERE config_id = ?")
                         .bind(config)
                         .first(read_count);
  if (!count) return std::unexpected(count.error());
  return count->value_or(0);
}

Status AlertRows::insert(const AlertRecord& alert) {
  return database_
      .prepare(
          "INSERT INTO alerts (id, scope, trigger_type, threshold, config_id, description, "
          "is_enabled, state, state_unix_seconds, created_unix_seconds) "
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(alert.id)
      .bind(alert.scope)
      .bind(row_of(alert.trigger).name)
      .bind(alert.threshold)
      .bind(reference(alert.config))
      .bind(alert.description)
      .bind(alert.is_enabled)
      .bind(name_of(alert.state))
      .bind(alert.state_unix_seconds)
      .bind(alert.created_unix_seconds)
      .run();
}

Status AlertRows::update(const AlertRecord& alert) {
  return database_
      .prepare(
          "UPDATE alerts SET trigger_type = ?, threshold = ?, config_id = ?, description = ?, "
          "is_enabled = ?, state = ?, state_unix_seconds = ? WHERE id = ?")
      .bind(row_of(alert.trigger).name)
      .bind(alert.threshold)
      .bind(reference(alert.config))
      .bind(alert.description)
      .bind(alert.is_enabled)
      .bind(name_of(alert.state))
      .bind(alert.state_unix_seconds)
      .bind(alert.id)
      .run();
}

Result<bool> AlertRows::turn(const AlertRecord& alert, int64_t unix_seconds) {
  const auto changed =
      database_
          .prepare(
              "UPDATE alerts SET state = ?, state_unix_seconds = ? WHERE id = ? AND state = ? "
              "AND is_enabled = 1 AND trigger_type = ? AND threshold = ? "
              "AND COALESCE(config_id, 0) = ?")
          .bind(name_of(other(alert.state)))
          .bind(unix_seconds)
          .bind(alert.id)
          .bind(name_of(alert.state))
          .bind(row_of(alert.trigger).name)
          .bind(alert.threshold)
          .bind(alert.config)
          .run_counted();
  if (!changed) return std::unexpected(changed.error());
  return *changed == 1;
}

Status AlertRows::remove(AlertId id) {
  return database_.prepare("DELETE FROM alerts WHERE id = ?").bind(id).run();
}

Status AlertRows::insert_event(const AlertEventRecord& event) {
  return database_
      .prepare(
          "INSERT INTO alert_events (id, alert_id, scope, kind, reason, trigger_type, "
          "threshold, measured, description, at_unix_seconds) "
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(event.id)
      .bind(event.alert)
      .bind(event.scope)
      .bind(name_of(event.kind))
      .bind(name_of(event.reason))
      .bind(row_of(event.trigger).name)
      .bind(event.threshold)
      .bind(event.value)
      .bind(event.description)
      .bind(event.at_unix_seconds)
      .run();
}

Result<std::optional<AlertEventRecord>> AlertRows::find_event(AlertEventId id) {
  return database_.prepare(SELECT_EVENT "WHERE id = ?").bind(id).first(read_event);
}

Result<std::vector<AlertEventRecord>> AlertRows::events_of(AlertScope scope,
                                                           const EventPage& page) {
  return database_.prepare(SELECT_EVENT "WHERE scope = ? AND id < ? ORDER BY id DESC LIMIT ?")
      .bind(scope)
      .bind(page.before == 0 ? INT64_MAX : static_cast<int64_t>(page.before))
      .bind(page.count_max)
      .all(read_event);
}

Status AlertRows::remove_events_before(int64_t unix_seconds) {
  return database_.prepare("DELETE FROM alert_events WHERE at_unix_seconds < ?")
      .bind(unix_seconds)
      .run();
}

}  // namespace cachery::control::db
