#include "api/alerts.h"

#include "api/accounts_json.h"
#include "api/alerts_json.h"
#include "api/cache_access.h"
#include "api/describe.h"
#include "api/page_query.h"
#include "api/query.h"
#include "http/status.h"

namespace cachery::api {
namespace {

namespace json = http::json;
namespace schema = http::schema;
using control::AlertScope;
using http::answers;
using http::Description;
using http::JsonFields;
using http::Method;
using http::Request;
using http::Response;

constexpr std::string_view kOfCache = "/api/admin/v1/caches/{cache}";
constexpr std::string_view kOfInstallation = "/api/admin/v1";

Result<JsonFields> read_fields(const Request& request) {
  auto object = http::parse_object(request.body);
  if (!object) return std::unexpected(object.error());
  return JsonFields(std::move(*object));
}

template <typename Record>
Response respond(const Result<Record>& done, int status = 200) {
  if (!done) return http::error_response(done.error());
  return http::json_response(status, to_json(*done));
}

Response respond(const Status& done) {
  return done ? Response{.status = 204} : http::error_response(done.error());
}

template <typename Record>
Response respond_with_list(std::string_view name, const Result<std::vector<Record>>& found) {
  if (!found) return http::error_response(found.error());
  json::array list;
  for (const Record& one : *found) list.push_back(to_json(one));
  return http::json_response(200, {{name, std::move(list)}});
}

std::unexpected<Error> is_missing(std::string_view field) {
  return fail(Fault::invalid, "\"" + std::string(field) + "\" is missing");
}

// One request whose scope its principal may see, or change when it is a change.
struct Call {
  const Request& request;
  const Principal& principal;
  AlertScope scope;
  Secrets secrets;
};

class AlertsHandlers {
 public:
  explicit AlertsHandlers(const AlertsServices& services) : services_(services) {}

  Response list(const Call& call) const {
    return respond_with_list("alerts", services_.alerts.list(call.scope));
  }

  Response create(const Call& call) const {
    auto patch = read_alert(call.request);
    if (!patch) return http::error_response(patch.error());
    if (!patch->trigger) return http::error_response(is_missing("trigger_type").error());
    if (!patch->threshold) return http::error_response(is_missing("trigger_threshold").error());
    return respond(
        services_.alerts.create(call.principal.actor, call.scope, control::new_alert_of(*patch)),
        201);
  }

  Response show(const Call& call) const {
    const auto id = path_id(call.request, "alert");
    if (!id) return http::error_response(id.error());
    return respond(services_.alerts.find(call.scope, *id));
  }

  Response update(const Call& call) const {
    const auto id = path_id(call.request, "alert");
    if (!id) return http::error_response(id.error());
    const auto patch = read_alert(call.request);
    if (!patch) return http::error_response(patch.error());
    return respond(services_.alerts.update(call.principal.actor, call.scope, *id, *patch));
  }

  Response remove(const Call& call) const {
    const auto id = path_id(call.request, "alert");
    if (!id) return http::error_response(id.error());
    return respond(services_.alerts.remove(call.principal.actor, call.scope, *id));
  }

  Response list_events(const Call& call) const {
    const auto page = page_query(call.request, control::kAlertPageRowsMax);
    if (!page) return http::error_response(page.error());
    return respond_with_list("events",
                             services_.alerts.events(call.scope, {page->before, page->limit}));
  }

  Response list_configs(const Call& call) const {
    const auto configs = services_.deliveries.configs(call.scope);
    if (!configs) return http::error_response(configs.error());
    json::array list;
    for (const auto& one : *configs) list.push_back(to_json(one, call.secrets));
    return http::json_response(200, {{"configs", std::move(list)}});
  }

  Response create_config(const Call& call) const {
    if (auto told = check_handles_access(call.principal); !told) {
      return http::error_response(told.error());
    }
    const auto wanted = read_config(call.request);
    if (!wanted) return http::error_response(wanted.error());
    const auto wait =
        services_.deliveries.wait_before_create(call.principal.actor, call.scope, *wanted);
    if (!wait) return http::error_response(wait.error());
    if (*wait > 0) return too_many(*wait);
    const auto made = services_.deliveries.create_config(call.principal.actor, call.scope, *wanted);
    if (!made) return http::error_response(made.error());
    return http::json_response(201, to_json(*made, Secrets::shown));
  }

  Response show_config(const Call& call) const {
    const auto id = path_id(call.request, "config");
    if (!id) return http::error_response(id.error());
    const auto found = services_.deliveries.find_config(call.scope, *id);
    if (!found) return http::error_response(found.error());
    return http::json_response(200, to_json(*found, call.secrets));
  }

  Response remove_config(const Call& call) const {
    const auto id = path_id(call.request, "config");
    if (!id) return http::error_response(id.error());
    return respond(services_.deliveries.remove_config(call.principal.actor, call.scope, *id));
  }

  Response test_config(const Call& call) const {
    const auto id = path_id(call.request, "config");
    if (!id) return http::error_response(id.error());
    const auto wait = services_.deliveries.wait_before_test(call.principal.actor, call.scope, *id);
    if (!wait) return http::error_response(wait.error());
    if (*wait > 0) return too_many(*wait);
    return respond(services_.deliveries.test(call.principal.actor, call.scope, *id), 202);
  }

  Response list_deliveries(const Call& call) const {
    const auto page = page_query(call.request, control::kAlertPageRowsMax);
    if (!page) return http::error_response(page.error());
    return respond_with_list("deliveries",
                             services_.deliveries.list(call.scope, {page->before, page->limit}));
  }

  Response show_delivery(const Call& call) const {
    const auto id = path_id(call.request, "delivery");
    if (!id) return http::error_response(id.error());
    return respond(services_.deliveries.find(call.scope, *id));
  }

  Response retry_delivery(const Call& call) const {
    const auto id = path_id(call.request, "delivery");
    if (!id) return http::error_response(id.error());
    return respond(services_.deliveries.retry(call.principal.actor, call.scope, *id), 202);
  }

  // The cache in the path, or without one the installation.
  Result<Call> admit(const Request& request, const Principal& principal) const {
    if (request.parameter("cache").empty()) {
      if (auto checked = check_operator(principal); !checked) {
        return std::unexpected(checked.error());
      }
      return Call{request, principal, control::kInstallation,
                  principal.handles_access ? Secrets::shown : Secrets::hidden};
    }
    const Right right = is_read(request.method) ? Right::see : Right::change;
    const auto found = find_cache_record(services_.caches, request, principal, right);
    if (!found) return std::unexpected(found.error());
    const bool may_see = may(principal, *found, Right::see_passwords);
    return Call{request, principal, found->id, may_see ? Secrets::shown : Secrets::hidden};
  }

 private:
  static Result<control::AlertPatch> read_alert(const Request& request) {
    auto fields = read_fields(request);
    if (!fields) return std::unexpected(fields.error());
    control::AlertPatch patch;
    const auto trigger = fields->text("trigger_type");
    if (const auto threshold = fields->number("trigger_threshold", INT64_MAX)) {
      patch.threshold = static_cast<int64_t>(*threshold);
    }
    patch.config = fields->number("delivery_config_id", INT64_MAX);
    patch.description = fields->text("description");
    patch.is_enabled = fields->truth("enabled");
    if (auto finished = fields->finish(); !finished) return std::unexpected(finished.error());
    if (!trigger) return patch;
    const auto known = control::find_alert_trigger(*trigger);
    if (!known) return std::unexpected(known.error());
    patch.trigger = *known;
    return patch;
  }

  static Result<control::NewDeliveryConfig> read_config(const Request& request) {
    auto fields = read_fields(request);
    if (!fields) return std::unexpected(fields.error());
    const auto type = fields->text("delivery_type");
    control::NewDeliveryConfig wanted{.email = fields->text("email").value_or(""),
                                      .slack_url = fields->text("slack_url").value_or(""),
                                      .slack_channel = fields->text("slack_channel").value_or(""),
                                      .webhook_url = fields->text("webhook_url").value_or(""),
                                      .wants_invoices = fields->truth("invoices").value_or(false)};
    if (auto finished = fields->finish(); !finished) return std::unexpected(finished.error());
    if (!type) return is_missing("delivery_type");
    const auto channel = control::find_channel(*type);
    if (!channel) return std::unexpected(channel.error());
    wanted.channel = *channel;
    return wanted;
  }

  AlertsServices services_;
};

struct Row {
  Method method;
  const char* path;
  const char* summary;
  Response (AlertsHandlers::*answer)(const Call&) const;
  Description (*describe)();
};

Description describe_list(std::string_view name, http::Schema one) {
  return answers(200, schema::object({{name, schema::list(std::move(one))}}));
}

schema::Fields alert_fields() {
  return {{"trigger_type", schema::text()},
          {"trigger_threshold", schema::integer()},
          {"delivery_config_id", schema::integer()},
          {"description", schema::text()},
          {"enabled", schema::truth()}};
}

Description describe_alerts() { return describe_list("alerts", alert_schema()); }
Description describe_alert() { return answers(200, alert_schema()); }
Description describe_gone() { return answers(204); }
Description describe_configs() { return describe_list("configs", delivery_config_schema()); }
Description describe_config() { return answers(200, delivery_config_schema()); }
Description describe_delivery() { return answers(200, delivery_schema()); }
Description describe_queued() { return answers(202, delivery_schema()); }

Description describe_create() {
  return answers(201, alert_schema())
      .takes(schema::body(alert_fields(), {"trigger_type", "trigger_threshold"}));
}

Description describe_update() { return describe_alert().takes(schema::body(alert_fields())); }

Description describe_events() {
  return with_page(describe_list("events", alert_event_schema()), control::kAlertPageRowsMax);
}

Description describe_deliveries() {
  return with_page(describe_list("deliveries", delivery_schema()), control::kAlertPageRowsMax);
}

Description describe_create_config() {
  return answers(201, delivery_config_schema())
      .takes(schema::body({{"delivery_type", schema::choice({"email", "slack", "webhook"})},
                           {"email", schema::text()},
                           {"slack_url", schema::text()},
                           {"slack_channel", schema::text()},
                           {"webhook_url", schema::text()},
                           {"invoices", schema::truth()}},
                          {"delivery_type"}));
}

// Words before {alert}: the first row that fits answers.
constexpr Row kRows[] = {
    {Method::get, "/alerts", "Alerts", &AlertsHandlers::list, describe_alerts},
    {Method::post, "/alerts", "Make an alert", &AlertsHandlers::create, describe_create},
    {Method::get, "/alerts/events", "What fired and resolved", &AlertsHandlers::list_events,
     describe_events},
    {Method::get, "/alerts/configs", "Where alerts are delivered", &AlertsHandlers::list_configs,
     describe_configs},
    {Method::post, "/alerts/configs", "Say where to deliver", &AlertsHandlers::create_config,
     describe_create_config},
    {Method::get, "/alerts/configs/{config}", "One of them", &AlertsHandlers::show_config,
     describe_config},
    {Method::remove, "/alerts/configs/{config}", "Forget it", &AlertsHandlers::remove_config,
     describe_gone},
    {Method::post, "/alerts/configs/{config}/test", "Deliver a test", &AlertsHandlers::test_config,
     describe_queued},
    {Method::get, "/alerts/deliveries", "What was delivered, or not yet",
     &AlertsHandlers::list_deliveries, describe_deliveries},
    {Method::get, "/alerts/deliveries/{delivery}", "One delivery", &AlertsHandlers::show_delivery,
     describe_delivery},
    {Method::post, "/alerts/deliveries/{delivery}/retry", "Try a failed one again",
     &AlertsHandlers::retry_delivery, describe_queued},
    {Method::get, "/alerts/{alert}", "One alert", &AlertsHandlers::show, describe_alert},
    {Method::patch, "/alerts/{alert}", "Change it", &AlertsHandlers::update, describe_update},
    {Method::remove, "/alerts/{alert}", "Delete it", &AlertsHandlers::remove, describe_gone},
};

// By whoever has the link of a mail: they need no account.
Response confirm_address(const control::AlertAddresses& addresses, const Request& request) {
  auto fields = read_fields(request);
  if (!fields) return http::error_response(fields.error());
  const auto secret = fields->text("secret");
  if (auto finished = fields->finish(); !finished) return http::error_response(finished.error());
  if (!secret) return http::error_response(is_missing("secret").error());
  const auto confirmed = addresses.confirm(*secret, request.peer);
  if (!confirmed) return http::error_response(confirmed.error());
  return http::json_response(200, {{"email", confirmed->email}});
}

http::Endpoint address_endpoint(const control::AlertAddresses& addresses) {
  const auto description = answers(200, schema::object({{"email", schema::text()}}))
                               .also(404, error_schema())
                               .takes(schema::body({{"secret", schema::text()}}, {"secret"}));
  return {.method = Method::post,
          .path = std::string(kOfInstallation) + "/alert_addresses/confirm",
          .summary = "Agree to be mailed alerts, by a link: secret",
          .handler =
              [&addresses](const Request& request) { return confirm_address(addresses, request); },
          .description = describe_open(Method::post, "/alert_addresses/confirm", description)};
}

Response list_triggers(const Request&, const Principal&) {
  json::array triggers;
  for (const auto& row : control::alert_triggers()) triggers.push_back(to_json(row));
  return http::json_response(200, {{"triggers", std::move(triggers)}});
}

}  // namespace

std::vector<http::Endpoint> alerts_endpoints(const AlertsServices& services) {
  const AlertsHandlers handlers(services);
  std::vector<http::Endpoint> endpoints = {
      {.method = Method::get,
       .path = std::string(kOfInstallation) + "/alerts/triggers",
       .summary = "What an alert can watch",
       .handler = services.principals.guard(list_triggers),
       .description = describe_admin(Method::get, "/alerts/triggers",
                                     describe_list("triggers", alert_trigger_schema()))}};
  if (services.addresses != nullptr) endpoints.push_back(address_endpoint(*services.addresses));
  for (const std::string_view base : {kOfInstallation, kOfCache}) {
    for (const Row& row : kRows) {
      const auto handler = [handlers, answer = row.answer](const Request& request,
                                                           const Principal& principal) {
        const auto call = handlers.admit(request, principal);
        return call ? (handlers.*answer)(*call) : http::error_response(call.error());
      };
      const std::string path = std::string(base) + row.path;
      endpoints.push_back({.method = row.method,
                           .path = path,
                           .summary = row.summary,
                           .handler = services.principals.guard(handler),
                           .description = describe_admin(row.method, path, row.describe())});
    }
  }
  return endpoints;
}

}  // namespace cachery::api
