// Alerts, their events, deliveries and where they go, as JSON of the admin API. Times are unix
// seconds.
#pragma once

#include "control/alerts.h"
#include "control/deliveries.h"
#include "http/json.h"
#include "http/schema.h"

namespace cachery::api {

enum class Secrets : bool { hidden, shown };

http::json::value to_json(const control::AlertRecord& alert);
http::json::value to_json(const control::AlertEventRecord& event);
http::json::value to_json(const control::DeliveryRecord& delivery);
// Slack's address and the webhook's secret let whoever has them speak as somebody else.
http::json::value to_json(const control::OpenDeliveryConfig& config, Secrets secrets);
http::json::value to_json(const control::AlertTriggerRow& trigger);

// What those look like.
http::Schema alert_schema();
http::Schema alert_event_schema();
http::Schema delivery_schema();
http::Schema delivery_config_schema();
http::Schema alert_trigger_schema();

}  // namespace cachery::api
