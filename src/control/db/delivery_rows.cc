#include "control/db/delivery_rows.h"

#include "control/db/secret_digest.h"
#include "control/deliveries.h"

namespace cachery::control::db {
namespace {

#define SELECT_CONFIG                                                                        \
  "SELECT id, scope, channel, email, slack_url, slack_channel, webhook_url, sealed_secret, " \
  "wants_invoices, is_confirmed, confirmation, confirmation_end_unix_seconds, "              \
  "created_unix_seconds FROM delivery_configs "
#define SELECT_DELIVERY                                                             \
  "SELECT id, idempotency_id, scope, config_id, channel, kind, subject_id, state, " \
  "attempts_count, next_attempt_unix_seconds, last_error, created_unix_seconds, "   \
  "finished_unix_seconds FROM deliveries "

// Rows are written by us, with names of ours: what is no name cannot come up.
DeliveryChannel read_channel(Statement& row) {
  return find_channel(row.text()).value_or(DeliveryChannel::email);
}

DeliveryKind read_kind(Statement& row) {
  const std::string name = row.text();
  for (const auto kind :
       {DeliveryKind::alert_fired, DeliveryKind::alert_resolved, DeliveryKind::invoice_closed}) {
    if (name == name_of(kind)) return kind;
  }
  return DeliveryKind::test;
}

DeliveryState read_state(Statement& row) {
  const std::string name = row.text();
  for (const auto state : {DeliveryState::sent, DeliveryState::failed, DeliveryState::cancelled}) {
    if (name == name_of(state)) return state;
  }
  return DeliveryState::queued;
}

DeliveryConfigRecord read_config(Statement& row) {
  DeliveryConfigRecord config;
  config.id = static_cast<DeliveryConfigId>(row.integer());
  config.scope = static_cast<AlertScope>(row.integer());
  config.channel = read_channel(row);
  config.email = row.text();
  config.slack_url = row.text();
  config.slack_channel = row.text();
  config.webhook_url = row.text();
  config.sealed_secret = row.blob();
  config.wants_invoices = row.truth();
  config.is_confirmed = row.truth();
  if (const auto digest = row.optional_text()) config.confirmation = digest_from(*digest);
  config.confirmation_end_unix_seconds = row.integer();
  config.created_unix_seconds = row.integer();
  return config;
}

DeliveryRecord read_delivery(Statement& row) {
  DeliveryRecord delivery;
  delivery.id = static_cast<DeliveryId>(row.integer());
  delivery.idempotency_id = row.text();
  delivery.scope = static_cast<AlertScope>(row.integer());
  delivery.config = static_cast<DeliveryConfigId>(row.integer());
  delivery.channel = read_channel(row);
  delivery.kind = read_kind(row);
  delivery.subject = static_cast<uint64_t>(row.integer());
  delivery.state = read_state(row);
  delivery.attempts_count = static_cast<uint32_t>(row.integer());
  delivery.next_attempt_unix_seconds = row.integer();
  delivery.last_error = row.text();
  delivery.created_unix_seconds = row.integer();
  delivery.finished_unix_seconds = row.integer();
  return delivery;
}

}  // namespace

Result<std::vector<DeliveryConfigRecord>> DeliveryRows::configs_of(AlertScope scope) {
  return database_.prepare(SELECT_CONFIG "WHERE scope = ? ORDER BY id")
      .bind(scope)
      .all(read_config);
}

Result<std::vector<DeliveryConfigRecord>> DeliveryRows::configs_for_invoices() {
  return database_.prepare(SELECT_CONFIG "WHERE scope = 0 AND wants_invoices = 1 ORDER BY id")
      .all(read_config);
}

Result<std::optional<DeliveryConfigRecord>> DeliveryRows::find_config(DeliveryConfigId id) {
  return database_.prepare(SELECT_CONFIG "WHERE id = ?").bind(id).first(read_config);
}

Result<std::optional<DeliveryConfigRecord>> DeliveryRows::config_by_confirmation(
    const SecretDigest& digest) {
  return database_.prepare(SELECT_CONFIG "WHERE confirmation = ?")
      .bind_blob(bytes_from(digest))
      .first(read_config);
}

Status DeliveryRows::update_confirmation(const DeliveryConfigRecord& config) {
  Statement statement = database_.prepare(
      "UPDATE delivery_configs SET is_confirmed = ?, confirmation = ?, "
      "confirmation_end_unix_seconds = ? WHERE id = ?");
  statement.bind(config.is_confirmed);
  if (config.confirmation) {
    statement.bind_blob(bytes_from(*config.confirmation));
  } else {
    statement.bind_null();
  }
  return statement.bind(config.confirmation_end_unix_seconds).bind(config.id).run();
}

Status DeliveryRows::insert_config(const DeliveryConfigRecord& config) {
  return database_
      .prepare(
          "INSERT INTO delivery_configs (id, scope, channel, email, slack_url, slack_channel, "
          "webhook_url, sealed_secret, wants_invoices, is_confirmed, created_unix_seconds) "
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(config.id)
      .bind(config.scope)
      .bind(name_of(config.channel))
      .bind(config.email)
      .bind(config.slack_url)
      .bind(config.slack_channel)
      .bind(config.webhook_url)
      .bind_blob(config.sealed_secret)
      .bind(config.wants_invoices)
      .bind(config.is_confirmed)
      .bind(config.created_unix_seconds)
      .run();
}

Status DeliveryRows::remove_config(DeliveryConfigId id, int64_t unix_seconds) {
  auto cancelled = database_
                       .prepare(
                           "UPDATE deliveries SET state = 'cancelled', finished_unix_seconds = ? "
                           "WHERE config_id = ? AND state = 'queued'")
                       .bind(unix_seconds)
                       .bind(id)
                       .run();
  if (!cancelled) return cancelled;
  return database_.prepare("DELETE FROM delivery_configs WHERE id = ?").bind(id).run();
}

Result<std::vector<DeliveryRecord>> DeliveryRows::of(AlertScope scope, const EventPage& page) {
  return database_.prepare(SELECT_DELIVERY "WHERE scope = ? AND id < ? ORDER BY id DESC LIMIT ?")
      .bind(scope)
      .bind(page.before == 0 ? INT64_MAX : static_cast<int64_t>(page.before))
      .bind(page.count_max)
      .all(read_delivery);
}

Result<std::optional<DeliveryRecord>> DeliveryRows::find(DeliveryId id) {
  return database_.prepare(SELECT_DELIVERY "WHERE id = ?").bind(id).first(read_delivery);
}

Result<std::vector<DeliveryRecord>> DeliveryRows::due(int64_t unix_seconds, uint32_t count_max) {
  return database_
      .prepare(SELECT_DELIVERY
               "WHERE id IN (SELECT MIN(id) FROM deliveries WHERE state = 'queued' "
               "AND next_attempt_unix_seconds <= ? GROUP BY config_id) "
               "ORDER BY next_attempt_unix_seconds, id LIMIT ?")
      .bind(unix_seconds)
      .bind(count_max)
      .all(read_delivery);
}

Status DeliveryRows::insert(const DeliveryRecord& delivery) {
  return database_
      .prepare(
          "INSERT INTO deliveries (id, idempotency_id, scope, config_id, channel, kind, "
          "subject_id, state, attempts_count, next_attempt_unix_seconds, last_error, "
          "created_unix_seconds, finished_unix_seconds) "
          "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .bind(delivery.id)
      .bind(delivery.idempotency_id)
      .bind(delivery.scope)
      .bind(delivery.config)
      .bind(name_of(delivery.channel))
      .bind(name_of(delivery.kind))
      .bind(delivery.subject)
      .bind(name_of(delivery.state))
      .bind(delivery.attempts_count)
      .bind(delivery.next_attempt_unix_seconds)
      .bind(delivery.last_error)
      .bind(delivery.created_unix_seconds)
      .bind(delivery.finished_unix_seconds)
      .run();
}

Status DeliveryRows::update(const DeliveryRecord& delivery) {
  return database_
      .prepare(
          "UPDATE deliveries SET state = ?, attempts_count = ?, next_attempt_unix_seconds = ?, "
          "last_error = ?, finished_unix_seconds = ? WHERE id = ?")
      .bind(name_of(delivery.state))
      .bind(delivery.attempts_count)
      .bind(delivery.next_attempt_unix_seconds)
      .bind(delivery.last_error)
      .bind(delivery.finished_unix_seconds)
      .bind(delivery.id)
      .run();
}

Status DeliveryRows::remove_finished_before(int64_t unix_seconds) {
  return database_
      .prepare("DELETE FROM deliveries WHERE state <> 'queued' AND finished_unix_seconds < ?")
      .bind(unix_seconds)
      .run();
}

}  // namespace cachery::control::db
