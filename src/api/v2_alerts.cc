#include "api/v2_alerts.h"

#include <fmt/format.h>

#include <algorithm>

#include "http/json.h"

namespace cachery::api {
namespace {

namespace json = http::json;
namespace schema = http::schema;
using control::AlertRecord;
using http::answers;
using http::Method;
using http::Response;

json::object alert_json(const AlertRecord& alert) {
  return {{"id", alert.id},
          {"trigger_type", row_of(alert.trigger).name},
          {"trigger_threshold", alert.threshold},
          {"delivery_config_id", alert.config},
          {"description", alert.description},
          {"enabled", alert.is_enabled}};
}

// Whoever has a Slack address may post there, so a credential that may only read is not told it.
json::object config_json(const control::DeliveryConfigRecord& config, const V2Call& call) {
  const bool is_shown = call.caller.capabilities.write;
  return {{"id", config.id},
          {"delivery_type", name_of(config.channel)},
          {"email", config.email},
          {"slack_url", is_shown ? config.slack_url : std::string()},
          {"slack_channel", config.slack_channel}};
}

// The documents know 400 only for what is wrong with a request, also when it is a matter of what is
// there already.
Response refuse(const Error& error) {
  if (error.fault == Fault::conflict) return v2_error(400, error.detail);
  return v2_error(error);
}

Response respond(const Result<AlertRecord>& alert, int status) {
  return alert ? http::json_response(status, alert_json(*alert)) : refuse(alert.error());
}

Response respond(const Status& done, int status) {
  return done ? Response{.status = status} : refuse(done.error());
}

// The fields of the body that are named; others are passed over, as scripts may send back what they
// were answered.
Result<http::JsonFields> read_fields(const http::Request& request,
                                     std::initializer_list<std::string_view> names) {
  auto body = http::parse_object(request.body);
  if (!body) return std::unexpected(body.error());
  json::object known;
  for (const auto& [name, value] : *body) {
    if (std::ranges::find(names, std::string_view(name)) != names.end()) known[name] = value;
  }
  return http::JsonFields(std::move(known));
}

Result<control::AlertPatch> read_alert(const V2Call& call, std::optional<uint64_t> id) {
  auto fields = read_fields(call.request, {"id", "trigger_type", "trigger_threshold",
                                           "delivery_config_id", "description", "enabled"});
  if (!fields) return std::unexpected(fields.error());
  control::AlertPatch patch;
  const auto stated_id = fields->number("id", INT64_MAX);
  const auto trigger = fields->text("trigger_type");
  if (const auto threshold = fields->number("trigger_threshold", INT64_MAX)) {
    patch.threshold = static_cast<int64_t>(*threshold);
  }
  patch.config = fields->number("delivery_config_id", INT64_MAX);
  patch.description = fields->text("description");
  patch.is_enabled = fields->truth("enabled");
  if (auto finished = fields->finish(); !finished) return std::unexpected(finished.error());
  if (id && stated_id && *stated_id != *id) {
    return fail(Fault::invalid, fmt::format("the alert in the address is {}, in the body it is {}",
                                            *id, *stated_id));
  }
  if (!trigger) return patch;
  const auto known = control::find_alert_trigger(*trigger);
  if (!known) return std::unexpected(known.error());
  patch.trigger = *known;
  return patch;
}

http::Schema alert_schema() {
  return schema::named("V2Alert", schema::object({{"id", schema::integer()},
                                                  {"trigger_type", schema::text()},
                                                  {"trigger_threshold", schema::integer()},
                                                  {"delivery_config_id", schema::integer()},
                                                  {"description", schema::text()},
                                                  {"enabled", schema::truth()}}));
}

http::Schema config_schema() {
  return schema::named("V2DeliveryConfig", schema::object({{"id", schema::integer()},
                                                           {"delivery_type", schema::text()},
                                                           {"email", schema::text()},
                                                           {"slack_url", schema::text()},
                                                           {"slack_channel", schema::text()}}));
}

// More fields than these are passed over.
http::Schema open_body(schema::Fields fields,
                       std::initializer_list<std::string_view> required = {}) {
  http::Schema body = schema::body(std::move(fields), required);
  body.keywords.erase("additionalProperties");
  return body;
}

schema::Fields alert_fields() {
  return {{"trigger_type", schema::text()},
          {"trigger_threshold", schema::integer()},
          {"delivery_config_id", schema::integer()},
          {"description", schema::text()},
          {"enabled", schema::truth()},
          {"id", schema::integer()}};
}

http::Schema config_body() {
  return open_body({{"delivery_type", schema::choice({"email", "slack"})},
                    {"email", schema::text()},
                    {"slack_url", schema::text()},
                    {"slack_channel", schema::text()}},
                   {"delivery_type"});
}

class V2Alerts {
 public:
  V2Alerts(control::Alerts& alerts, control::Deliveries& deliveries)
      : alerts_(alerts), deliveries_(deliveries) {}

  Response list(const V2Call& call) const {
    const auto alerts = alerts_.list(call.cache());
    if (!alerts) return refuse(alerts.error());
    json::array list;
    for (const AlertRecord& alert : *alerts) list.push_back(alert_json(alert));
    return http::json_response(200, std::move(list));
  }

  Response create(const V2Call& call) const {
    const auto patch = read_alert(call, std::nullopt);
    if (!patch) return refuse(patch.error());
    if (!patch->trigger) return v2_error(400, "trigger_type is missing");
    if (!patch->threshold) return v2_error(400, "trigger_threshold is missing");
    return respond(alerts_.create(call.caller.actor, call.cache(), control::new_alert_of(*patch)),
                   201);
  }

  Response show(const V2Call& call) const {
    const auto id = path_number(call.request, "alert");
    return id ? respond(alerts_.find(call.cache(), *id), 200) : refuse(id.error());
  }

  Response update(const V2Call& call) const {
    const auto id = path_number(call.request, "alert");
    if (!id) return refuse(id.error());
    const auto patch = read_alert(call, *id);
    if (!patch) return refuse(patch.error());
    return respond(alerts_.update(call.caller.actor, call.cache(), *id, *patch), 201);
  }

  Response remove(const V2Call& call) const {
    const auto id = path_number(call.request, "alert");
    if (!id) return refuse(id.error());
    return respond(alerts_.remove(call.caller.actor, call.cache(), *id), 201);
  }

  Response list_configs(const V2Call& call) const {
    const auto configs = deliveries_.configs(call.cache());
    if (!configs) return refuse(configs.error());
    json::array list;
    for (const auto& config : *configs) list.push_back(config_json(config.record, call));
    return http::json_response(200, std::move(list));
  }

  Response create_config(const V2Call& call) const {
    auto fields =
        read_fields(call.request, {"delivery_type", "email", "slack_url", "slack_channel"});
    if (!fields) return refuse(fields.error());
    const auto type = fields->text("delivery_type");
    control::NewDeliveryConfig wanted{.email = fields->text("email").value_or(""),
                                      .slack_url = fields->text("slack_url").value_or(""),
                                      .slack_channel = fields->text("slack_channel").value_or("")};
    if (auto finished = fields->finish(); !finished) return refuse(finished.error());
    if (!type) return v2_error(400, "delivery_type is missing");
    const auto channel = control::find_channel(*type);
    if (!channel || *channel == control::DeliveryChannel::webhook) {
      return v2_error(400, "delivery_type is neither email nor slack");
    }
    wanted.channel = *channel;
    const auto wait = deliveries_.wait_before_create(call.caller.actor, call.cache(), wanted);
    if (!wait) return refuse(wait.error());
    if (*wait > 0) return v2_too_many(*wait);
    const auto made = deliveries_.create_config(call.caller.actor, call.cache(), wanted);
    if (!made) return refuse(made.error());
    return http::json_response(201, config_json(made->record, call));
  }

  Response remove_config(const V2Call& call) const {
    const auto id = path_number(call.request, "config");
    if (!id) return refuse(id.error());
    return respond(deliveries_.remove_config(call.caller.actor, call.cache(), *id), 204);
  }

 private:
  control::Alerts& alerts_;
  control::Deliveries& deliveries_;
};

}  // namespace

std::vector<V2Row> v2_alerts_rows(control::Alerts& alerts, control::Deliveries& deliveries) {
  const V2Alerts handlers(alerts, deliveries);
  const auto bound = [&](Response (V2Alerts::*answer)(const V2Call&) const) {
    return [handlers, answer](const V2Call& call) { return (handlers.*answer)(call); };
  };
  // Words before {alert}: the first row that fits answers.
  return {
      {Method::get, "/alerts", "Alerts", bound(&V2Alerts::list),
       answers(200, schema::list(alert_schema()))},
      {Method::post, "/alerts", "Make an alert", bound(&V2Alerts::create),
       answers(201, alert_schema())
           .takes(open_body(alert_fields(), {"trigger_type", "trigger_threshold"}))},
      {Method::get, "/alerts/configs", "Where alerts are delivered", bound(&V2Alerts::list_configs),
       answers(200, schema::list(config_schema()))},
      {Method::post, "/alerts/configs", "Say where to deliver", bound(&V2Alerts::create_config),
       answers(201, config_schema()).takes(config_body())},
      {Method::remove, "/alerts/configs/{config}", "Forget where to deliver",
       bound(&V2Alerts::remove_config), answers(204)},
      {Method::get, "/alerts/{alert}", "One alert", bound(&V2Alerts::show),
       answers(200, alert_schema())},
      {Method::put, "/alerts/{alert}", "Change an alert", bound(&V2Alerts::update),
       answers(201, alert_schema()).takes(open_body(alert_fields()))},
      {Method::remove, "/alerts/{alert}", "Delete an alert", bound(&V2Alerts::remove),
       answers(201)},
  };
}

}  // namespace cachery::api
