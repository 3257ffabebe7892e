#include "outgoing/alert_text.h"

#include <fmt/format.h>

#include "base/rfc3339.h"
#include "control/alerts.h"
#include "control/currency.h"

namespace cachery::outgoing {
namespace {

using control::AlertEventKind;
using control::AlertEventReason;
using control::AlertEventRecord;
using control::AlertTriggerRow;

std::string place_of(const control::Parcel& parcel) {
  if (parcel.cache_name.empty()) return "Cachery";
  return fmt::format("cache {}", parcel.cache_name);
}

AlertText alert_text(const control::Parcel& parcel, const AlertEventRecord& event) {
  const AlertTriggerRow& row = row_of(event.trigger);
  const char* side = row.fires == AlertTriggerRow::Fires::below ? "below" : "above";
  AlertText text;
  if (event.kind == AlertEventKind::fired) {
    text.headline = fmt::format("{}: {} is {} {}{}", place_of(parcel), row.what, side,
                                event.threshold, row.unit);
  } else if (event.reason == AlertEventReason::measured) {
    text.headline = fmt::format("{}: {} is no longer {} {}{}", place_of(parcel), row.what, side,
                                event.threshold, row.unit);
  } else {
    text.headline = fmt::format("{}: the alert on {} was {}", place_of(parcel), row.what,
                                name_of(event.reason));
  }
  if (event.value) text.details += fmt::format("Measured: {:.1f}{}\n", *event.value, row.unit);
  if (!event.description.empty()) text.details += event.description + "\n";
  text.details +=
      fmt::format("Alert {}, at {}\n", event.alert, format_rfc3339(event.at_unix_seconds));
  return text;
}

AlertText invoice_text(const control::InvoiceRecord& invoice) {
  return {.headline = fmt::format("Cachery: invoice {} of {} is closed", invoice.id,
                                  control::name_of(invoice.month)),
          .details = fmt::format("Total: {} {}\n",
                                 control::format_minor(invoice.total_minor, invoice.currency),
                                 invoice.currency)};
}

}  // namespace

AlertText text_of(const control::Parcel& parcel) {
  if (parcel.event) return alert_text(parcel, *parcel.event);
  if (parcel.invoice) return invoice_text(*parcel.invoice);
  return {.headline = fmt::format("{}: this is a test", place_of(parcel)),
          .details = "Somebody asked for it. Alerts will arrive here.\n"};
}

}  // namespace cachery::outgoing
