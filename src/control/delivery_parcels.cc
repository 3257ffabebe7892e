#include "control/delivery_parcels.h"

#include <fmt/format.h>

#include "control/cache_records.h"

namespace cachery::control {
namespace {

// What an optional row holds, once it is there.
template <typename Record>
Status take(Result<std::optional<Record>> found, std::optional<Record>& out) {
  if (!found) return std::unexpected(found.error());
  if (!*found) return fail(Fault::not_found, "what was to be told is not kept any more");
  out = std::move(*found);
  return {};
}

Status add_subject(Records& records, Parcel& parcel) {
  const uint64_t subject = parcel.delivery.subject;
  switch (parcel.delivery.kind) {
    case DeliveryKind::alert_fired:
    case DeliveryKind::alert_resolved:
      return take(records.alerts().find_event(subject), parcel.event);
    case DeliveryKind::invoice_closed:
      return take(records.invoices().find(subject), parcel.invoice);
    case DeliveryKind::test:
      break;
  }
  return {};
}

Status add_cache_name(Records& records, Parcel& parcel) {
  const AlertScope scope = parcel.delivery.scope;
  if (scope == kInstallation) return {};
  auto cache = records.caches().find(scope);
  if (!cache) return std::unexpected(cache.error());
  parcel.cache_name = *cache ? (*cache)->name : fmt::format("{}", scope);
  return {};
}

}  // namespace

Result<Parcel> make_parcel(Records& records, const Sealer& sealer, const DeliveryRecord& delivery) {
  Parcel parcel{.delivery = delivery};
  auto config = records.deliveries().find_config(delivery.config);
  if (!config) return std::unexpected(config.error());
  if (!*config) return fail(Fault::not_found, "its configuration was deleted");
  parcel.config = std::move(**config);
  if (!parcel.config.is_confirmed) {
    return fail(Fault::forbidden, "the address has not agreed yet to be mailed alerts");
  }
  if (!parcel.config.sealed_secret.empty()) {
    auto secret = sealer.open(parcel.config.sealed_secret);
    if (!secret) return std::unexpected(secret.error());
    parcel.secret = std::move(*secret);
  }
  if (auto added = add_subject(records, parcel); !added) return std::unexpected(added.error());
  if (auto named = add_cache_name(records, parcel); !named) return std::unexpected(named.error());
  return parcel;
}

}  // namespace cachery::control
