#include "api/alerts_json.h"

namespace cachery::api {

namespace json = http::json;
namespace schema = http::schema;

namespace {

// 0 says that there is none.
json::value id_or_null(uint64_t id) { return id == 0 ? json::value(nullptr) : json::value(id); }
json::value time_or_null(int64_t time) {
  return time == 0 ? json::value(nullptr) : json::value(time);
}

}  // namespace

json::value to_json(const control::AlertRecord& alert) {
  return {{"id", alert.id},
          {"trigger_type", row_of(alert.trigger).name},
          {"trigger_threshold", alert.threshold},
          {"delivery_config_id", id_or_null(alert.config)},
          {"description", alert.description},
          {"enabled", alert.is_enabled},
          {"state", name_of(alert.state)},
          {"state_since", alert.state_unix_seconds},
          {"created_at", alert.created_unix_seconds}};
}

json::value to_json(const control::AlertEventRecord& event) {
  return {{"id", event.id},
          {"alert_id", event.alert},
          {"type", name_of(event.kind)},
          {"reason", name_of(event.reason)},
          {"trigger_type", row_of(event.trigger).name},
          {"trigger_threshold", event.threshold},
          {"value", event.value ? json::value(*event.value) : json::value(nullptr)},
          {"description", event.description},
          {"at", event.at_unix_seconds}};
}

json::value to_json(const control::DeliveryRecord& delivery) {
  const bool is_waiting = delivery.state == control::DeliveryState::queued;
  return {{"id", delivery.id},
          {"idempotency_id", delivery.idempotency_id},
          {"type", name_of(delivery.kind)},
          {"delivery_config_id", delivery.config},
          {"delivery_type", name_of(delivery.channel)},
          {"state", name_of(delivery.state)},
          {"attempts", delivery.attempts_count},
          {"last_error", delivery.last_error},
          {"next_attempt_at", time_or_null(is_waiting ? delivery.next_attempt_unix_seconds : 0)},
          {"created_at", delivery.created_unix_seconds},
          {"finished_at", time_or_null(delivery.finished_unix_seconds)}};
}

json::value to_json(const control::OpenDeliveryConfig& config, Secrets secrets) {
  const control::DeliveryConfigRecord& record = config.record;
  const bool is_shown = secrets == Secrets::shown;
  return {{"id", record.id},
          {"delivery_type", name_of(record.channel)},
          {"email", record.email},
          {"slack_url", is_shown ? record.slack_url : ""},
          {"slack_channel", record.slack_channel},
          {"webhook_url", record.webhook_url},
          {"webhook_secret", is_shown ? config.secret : ""},
          {"invoices", record.wants_invoices},
          {"confirmed", record.is_confirmed},
          {"created_at", record.created_unix_seconds}};
}

json::value to_json(const control::AlertTriggerRow& trigger) {
  const bool is_below = trigger.fires == control::AlertTriggerRow::Fires::below;
  const bool is_of_cache = trigger.about == control::AlertTriggerRow::About::cache;
  return {
      {"trigger_type", trigger.name},           {"what", trigger.what},
      {"fires", is_below ? "below" : "above"},  {"about", is_of_cache ? "cache" : "installation"},
      {"threshold_max", trigger.threshold_max}, {"unit", trigger.unit}};
}

http::Schema alert_schema() {
  return schema::named("Alert",
                       schema::object({{"id", schema::integer()},
                                       {"trigger_type", schema::text()},
                                       {"trigger_threshold", schema::integer()},
                                       {"delivery_config_id", schema::nullable(schema::integer())},
                                       {"description", schema::text()},
                                       {"enabled", schema::truth()},
                                       {"state", schema::text()},
                                       {"state_since", schema::integer()},
                                       {"created_at", schema::integer()}}));
}

http::Schema alert_event_schema() {
  return schema::named("AlertEvent", schema::object({{"id", schema::integer()},
                                                     {"alert_id", schema::integer()},
                                                     {"type", schema::text()},
                                                     {"reason", schema::text()},
                                                     {"trigger_type", schema::text()},
                                                     {"trigger_threshold", schema::integer()},
                                                     {"value", schema::nullable(schema::number())},
                                                     {"description", schema::text()},
                                                     {"at", schema::integer()}}));
}

http::Schema delivery_schema() {
  return schema::named("Delivery",
                       schema::object({{"id", schema::integer()},
                                       {"idempotency_id", schema::text()},
                                       {"type", schema::text()},
                                       {"delivery_config_id", schema::integer()},
                                       {"delivery_type", schema::text()},
                                       {"state", schema::text()},
                                       {"attempts", schema::integer()},
                                       {"last_error", schema::text()},
                                       {"next_attempt_at", schema::nullable(schema::integer())},
                                       {"created_at", schema::integer()},
                                       {"finished_at", schema::nullable(schema::integer())}}));
}

http::Schema delivery_config_schema() {
  return schema::named(
      "DeliveryConfig",
      schema::object({{"id", schema::integer()},
                      {"delivery_type", schema::choice({"email", "slack", "webhook"})},
                      {"email", schema::text()},
                      {"slack_url", schema::text()},
                      {"slack_channel", schema::text()},
                      {"webhook_url", schema::text()},
                      {"webhook_secret", schema::text()},
                      {"invoices", schema::truth()},
                      {"confirmed", schema::truth()},
                      {"created_at", schema::integer()}}));
}

http::Schema alert_trigger_schema() {
  return schema::named("AlertTrigger",
                       schema::object({{"trigger_type", schema::text()},
                                       {"what", schema::text()},
                                       {"fires", schema::choice({"below", "above"})},
                                       {"about", schema::choice({"cache", "installation"})},
                                       {"threshold_max", schema::integer()},
                                       {"unit", schema::text()}}));
}

}  // namespace cachery::api
