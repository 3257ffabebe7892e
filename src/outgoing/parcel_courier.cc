#include "outgoing/parcel_courier.h"

#include <boost/json.hpp>

#include "base/rfc3339.h"
#include "control/alerts.h"
#include "control/deliveries.h"
#include "outgoing/alert_text.h"
#include "outgoing/webhook_signature.h"

namespace cachery::outgoing {
namespace {

namespace json = boost::json;
using control::AlertEventRecord;
using control::Parcel;

constexpr std::string_view kJson = "application/json; charset=utf-8";

json::value optional(const std::optional<double>& value) {
  return value ? json::value(*value) : json::value(nullptr);
}

json::object alert_json(const AlertEventRecord& event) {
  const control::AlertTriggerRow& row = row_of(event.trigger);
  return {{"id", event.alert},
          {"event_id", event.id},
          {"trigger_type", row.name},
          {"fires", row.fires == control::AlertTriggerRow::Fires::below ? "below" : "above"},
          {"threshold", event.threshold},
          {"value", optional(event.value)},
          {"reason", name_of(event.reason)},
          {"description", event.description},
          {"at", format_rfc3339(event.at_unix_seconds)}};
}

json::value team_json(uint64_t team) {
  return team == 0 ? json::value(nullptr) : json::value(team);
}

json::object invoice_json(const control::InvoiceRecord& invoice) {
  return {{"id", invoice.id},
          {"team_id", team_json(invoice.team)},
          {"team", invoice.team_name},
          {"month", control::name_of(invoice.month)},
          {"currency", invoice.currency},
          {"total_minor", invoice.total_minor},
          {"closed_at", format_rfc3339(invoice.closed_unix_seconds)},
          {"digest", invoice.digest}};
}

// Slack takes these three for marks of its own: https://api.slack.com/reference/surfaces/formatting
std::string escape_for_slack(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

// A subject is one line of ASCII, whatever a cache is called.
std::string one_line(std::string_view text) {
  std::string line;
  for (const char c : text) line += c >= ' ' && c < 0x7f ? c : '?';
  return line;
}

}  // namespace

Status ParcelCourier::deliver(const Parcel& parcel, int64_t unix_seconds) {
  switch (parcel.config.channel) {
    case control::DeliveryChannel::email:
      return send_mail(parcel);
    case control::DeliveryChannel::slack:
      return post_to_slack(parcel);
    case control::DeliveryChannel::webhook:
      return post_to_webhook(parcel, unix_seconds);
  }
  return fail(Fault::invalid, "there is no such channel");
}

Status ParcelCourier::send_mail(const Parcel& parcel) const {
  if (mail_ == nullptr) {
    return fail(Fault::unavailable,
                "this installation has no mail server: its operator can name one");
  }
  const AlertText text = text_of(parcel);
  return mail_->send({.recipient = parcel.config.email,
                      .subject = one_line(text.headline),
                      .text = text.headline + "\n\n" + text.details});
}

Status ParcelCourier::post_to_slack(const Parcel& parcel) const {
  return poster_.send({.url = parcel.config.slack_url,
                       .headers = {{"Content-Type", std::string(kJson)}},
                       .body = slack_body(parcel)});
}

Status ParcelCourier::post_to_webhook(const Parcel& parcel, int64_t unix_seconds) const {
  std::string body = webhook_body(parcel);
  std::string signature = sign(parcel.secret, unix_seconds, body);
  return poster_.send({.url = parcel.config.webhook_url,
                       .headers = {{"Content-Type", std::string(kJson)},
                                   {std::string(kSignatureHeader), std::move(signature)},
                                   {"Idempotency-Key", parcel.delivery.idempotency_id}},
                       .body = std::move(body)});
}

std::string slack_body(const Parcel& parcel) {
  const AlertText text = text_of(parcel);
  json::object body = {{"text", escape_for_slack("*" + text.headline + "*\n" + text.details)}};
  if (!parcel.config.slack_channel.empty()) body["channel"] = parcel.config.slack_channel;
  return json::serialize(body);
}

std::string webhook_body(const Parcel& parcel) {
  const control::DeliveryRecord& delivery = parcel.delivery;
  json::object body = {{"id", delivery.idempotency_id},
                       {"type", name_of(delivery.kind)},
                       {"created_at", format_rfc3339(delivery.created_unix_seconds)},
                       {"summary", text_of(parcel).headline}};
  if (delivery.scope != control::kInstallation) {
    body["cache"] = {{"id", delivery.scope}, {"name", parcel.cache_name}};
  }
  if (parcel.event) body["alert"] = alert_json(*parcel.event);
  if (parcel.invoice) body["invoice"] = invoice_json(*parcel.invoice);
  return json::serialize(body);
}

}  // namespace cachery::outgoing
