// Telling people: where to (configurations), what was told (deliveries), and the job that sends.
// Queueing is a row in the caller's transaction. A turn of the job claims what is due in one
// transaction (the attempt is counted and the next one set a lease ahead), sends without any, and
// notes the outcomes in a second one. A process that dies in between makes the attempt again after
// the lease: at least once, with the same idempotency id, so that a receiver can tell.
// Order is not promised: a delivery that is retried may arrive after a later one; each says when it
// happened.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/rate_table.h"
#include "control/actor.h"
#include "control/alert_addresses.h"
#include "control/audit.h"
#include "control/courier.h"
#include "control/delivery_retries.h"
#include "control/seal.h"
#include "control/store.h"

namespace cachery::control {

inline constexpr std::chrono::seconds kDeliveryPeriod{5};
inline constexpr size_t kDeliveryConfigsMax = 20;         // a scope
inline constexpr size_t kDeliveryAddressBytesMax = 2048;  // of a URL
inline constexpr size_t kSlackChannelBytesMax = 80;
inline constexpr size_t kDeliveryErrorBytesMax = 500;
inline constexpr uint32_t kDeliveriesPerTurn = 32;
// Receivers that take their time wait for each other beyond this many.
inline constexpr size_t kDeliveryThreads = 4;
// Tests of one place, and mails of alerts to one address, from whichever caches they come.
inline constexpr Rate kTestsOfPlace = rate_per_hour(12, 5);
inline constexpr Rate kAlertMailsOfAddress = rate_per_hour(60, 60);
inline constexpr size_t kDeliveryRatesMax = 1u << 14;
inline constexpr int64_t kDeliveryKeptSeconds = 30 * 86'400;  // after it ended

struct OpenDeliveryConfig {
  DeliveryConfigRecord record = {};
  std::string secret = {};  // of a webhook
};

struct NewDeliveryConfig {
  DeliveryChannel channel = DeliveryChannel::email;
  std::string email = {};
  std::string slack_url = {};
  std::string slack_channel = {};
  std::string webhook_url = {};
  bool wants_invoices = false;
};

struct NewDelivery {
  DeliveryConfigRecord config = {};
  DeliveryKind kind = DeliveryKind::test;
  uint64_t subject = 0;
};

// Names as the API and the database have them: "email", "alert.fired", "queued", ...
std::string_view name_of(DeliveryChannel channel);
std::string_view name_of(DeliveryKind kind);
std::string_view name_of(DeliveryState state);
[[nodiscard]] Result<DeliveryChannel> find_channel(std::string_view name);

class Deliveries {
 public:
  // All must outlive it.
  // No `addresses`: there is no mail server, and no address is asked.
  Deliveries(Store& store, const Sealer& sealer, Courier& courier, const Audit& audit,
             const Clock& clock, const AlertAddresses* addresses = nullptr)
      : store_(store),
        sealer_(sealer),
        courier_(courier),
        audit_(audit),
        clock_(clock),
        addresses_(addresses) {}

  [[nodiscard]] Result<std::vector<OpenDeliveryConfig>> configs(AlertScope scope);
  // not_found: nor is it when another scope has it.
  [[nodiscard]] Result<OpenDeliveryConfig> find_config(AlertScope scope, DeliveryConfigId id);
  // Both come before, and count: 0: go on. Else the seconds to wait, for the rates of mails that
  // ask an address whether it agrees, and of tests.
  [[nodiscard]] Result<uint32_t> wait_before_create(const Actor& actor, AlertScope scope,
                                                    const NewDeliveryConfig& wanted);
  [[nodiscard]] Result<uint32_t> wait_before_test(const Actor& actor, AlertScope scope,
                                                  DeliveryConfigId id);
  [[nodiscard]] Result<OpenDeliveryConfig> create_config(const Actor& actor, AlertScope scope,
                                                         const NewDeliveryConfig& wanted);
  // conflict: alerts deliver to it.
  [[nodiscard]] Status remove_config(const Actor& actor, AlertScope scope, DeliveryConfigId id);

  // The newest first.
  [[nodiscard]] Result<std::vector<DeliveryRecord>> list(AlertScope scope, const EventPage& page);
  [[nodiscard]] Result<DeliveryRecord> find(AlertScope scope, DeliveryId id);
  // Queues a message that says that it is a test. conflict: the address has not agreed yet, and was
  // asked again.
  [[nodiscard]] Result<DeliveryRecord> test(const Actor& actor, AlertScope scope,
                                            DeliveryConfigId id);
  // Queues a failed one again, with all its attempts. conflict: it has not failed.
  [[nodiscard]] Result<DeliveryRecord> retry(const Actor& actor, AlertScope scope, DeliveryId id);

  // In the transaction of what is told.
  [[nodiscard]] static Result<DeliveryRecord> queue(Records& records, const NewDelivery& wanted,
                                                    int64_t unix_seconds);

  // Jobs, both: what is due; what is too old to be kept.
  [[nodiscard]] Status send_due(const Now& now);
  [[nodiscard]] Status prune(const Now& now);

 private:
  [[nodiscard]] Status settle_address(Records& records, const Actor& actor,
                                      DeliveryConfigRecord& config) const;
  // The seconds until the address may be mailed once more; 0: now, and it is counted.
  uint32_t wait_of(const Parcel& parcel);
  OpenDeliveryConfig open(DeliveryConfigRecord record);
  [[nodiscard]] Status note(Records& records, const Actor& actor, std::string_view verb,
                            const DeliveryConfigRecord* before,
                            const DeliveryConfigRecord* after) const;
  [[nodiscard]] Result<std::vector<Parcel>> claim(int64_t unix_seconds);
  [[nodiscard]] std::vector<Status> deliver(const std::vector<Parcel>& parcels,
                                            int64_t unix_seconds);
  [[nodiscard]] Status settle(const std::vector<Parcel>& parcels,
                              const std::vector<Status>& outcomes, int64_t unix_seconds);

  Store& store_;
  const Sealer& sealer_;
  Courier& courier_;
  const Audit& audit_;
  const Clock& clock_;
  const AlertAddresses* const addresses_;
  RateTable rates_{kDeliveryRatesMax};
};

}  // namespace cachery::control
