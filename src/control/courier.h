// Whoever takes a delivery to its receiver: e-mail, Slack or a webhook. Implemented by
// src/outgoing; the services know only that it may fail, and how. A parcel is all that there is to
// tell, by value, so that sending happens outside any transaction.
#pragma once

#include <optional>
#include <string>

#include "base/error.h"
#include "control/delivery_records.h"
#include "control/invoice_records.h"

namespace cachery::control {

struct Parcel {
  DeliveryRecord delivery = {};
  DeliveryConfigRecord config = {};
  std::string secret = {};                     // of a webhook, opened
  std::string cache_name = {};                 // empty: it is about the installation
  std::optional<AlertEventRecord> event = {};  // of an alert
  std::optional<InvoiceRecord> invoice = {};   // of a closed invoice
};

class Courier {
 public:
  virtual ~Courier() = default;

  // Done when the receiver has said that it took it. Several threads at once; bounded in time.
  // invalid, forbidden: it cannot be delivered, now or ever. Anything else may be tried again. The
  // detail is shown to whoever made the configuration.
  [[nodiscard]] virtual Status deliver(const Parcel& parcel, int64_t unix_seconds) = 0;
};

}  // namespace cachery::control
