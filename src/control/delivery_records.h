// Where people are told, and each telling, as rows. A delivery is queued in the transaction of what
// it tells, so that nothing that happened is forgotten and nothing is told that did not happen; a
// job sends it afterwards (deliveries.h). Its twin in control/db: delivery_rows.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "control/alert_records.h"
#include "control/one_time_secret_records.h"

namespace cachery::control {

using DeliveryId = uint64_t;

inline constexpr Sequence kDeliveryConfigIds{.name = "delivery_config"};
inline constexpr Sequence kDeliveryIds{.name = "delivery"};

enum class DeliveryChannel : uint8_t { email, slack, webhook };

struct DeliveryConfigRecord {
  DeliveryConfigId id = 0;
  AlertScope scope = kInstallation;
  DeliveryChannel channel = DeliveryChannel::email;
  std::string email = {};
  std::string slack_url = {};      // an incoming webhook of Slack; a secret to those without rights
  std::string slack_channel = {};  // empty: the one that the webhook was made for
  std::string webhook_url = {};
  std::string sealed_secret = {};  // webhook: what its requests are signed with, see seal.h
  bool wants_invoices = false;     // webhook of the installation: is told each closed invoice
  bool is_confirmed = true;        // email: the address has agreed, or needs not be asked
  // email, not confirmed: the digest of the secret in the mail that asks, and its end.
  std::optional<SecretDigest> confirmation = {};
  int64_t confirmation_end_unix_seconds = 0;
  int64_t created_unix_seconds = 0;
};

enum class DeliveryKind : uint8_t { alert_fired, alert_resolved, test, invoice_closed };

enum class DeliveryState : uint8_t {
  queued,     // waits for its next attempt
  sent,       // the other side took it
  failed,     // given up, by the number of attempts or by an answer that will not change
  cancelled,  // its configuration was deleted first
};

struct DeliveryRecord {
  DeliveryId id = 0;
  std::string idempotency_id = {};  // the same at every attempt: a receiver can tell a repetition
  AlertScope scope = kInstallation;
  DeliveryConfigId config = 0;
  DeliveryChannel channel = DeliveryChannel::email;
  DeliveryKind kind = DeliveryKind::test;
  uint64_t subject = 0;  // the alert event or the invoice that is told; a test has none
  DeliveryState state = DeliveryState::queued;
  uint32_t attempts_count = 0;
  int64_t next_attempt_unix_seconds = 0;
  std::string last_error = {};
  int64_t created_unix_seconds = 0;
  int64_t finished_unix_seconds = 0;  // 0: not yet
};

class DeliveryRecords {
 public:
  virtual ~DeliveryRecords() = default;

  // In the order of their ids.
  [[nodiscard]] virtual Result<std::vector<DeliveryConfigRecord>> configs_of(AlertScope scope) = 0;
  [[nodiscard]] virtual Result<std::vector<DeliveryConfigRecord>> configs_for_invoices() = 0;
  [[nodiscard]] virtual Result<std::optional<DeliveryConfigRecord>> find_config(
      DeliveryConfigId id) = 0;
  [[nodiscard]] virtual Result<std::optional<DeliveryConfigRecord>> config_by_confirmation(
      const SecretDigest& digest) = 0;
  // Whether it is confirmed, and who may still confirm it.
  [[nodiscard]] virtual Status update_confirmation(const DeliveryConfigRecord& config) = 0;
  [[nodiscard]] virtual Status insert_config(const DeliveryConfigRecord& config) = 0;
  // What waits for it is cancelled.
  [[nodiscard]] virtual Status remove_config(DeliveryConfigId id, int64_t unix_seconds) = 0;

  // The newest first.
  [[nodiscard]] virtual Result<std::vector<DeliveryRecord>> of(AlertScope scope,
                                                               const EventPage& page) = 0;
  [[nodiscard]] virtual Result<std::optional<DeliveryRecord>> find(DeliveryId id) = 0;
  // Queued and due, the longest due first, one a configuration, so that a receiver that does not
  // answer is waited for once at a time.
  [[nodiscard]] virtual Result<std::vector<DeliveryRecord>> due(int64_t unix_seconds,
                                                                uint32_t count_max) = 0;
  [[nodiscard]] virtual Status insert(const DeliveryRecord& delivery) = 0;
  // Its state, attempts, times and error.
  [[nodiscard]] virtual Status update(const DeliveryRecord& delivery) = 0;
  [[nodiscard]] virtual Status remove_finished_before(int64_t unix_seconds) = 0;
};

}  // namespace cachery::control
