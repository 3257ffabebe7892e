// Delivery configurations and deliveries as rows of `delivery_configs` and `deliveries`:
// DeliveryRecords on any engine.
#pragma once

#include "control/db/connection.h"
#include "control/delivery_records.h"

namespace cachery::control::db {

class DeliveryRows final : public DeliveryRecords {
 public:
  // It must outlive this.
  explicit DeliveryRows(Connection& database) : database_(database) {}

  Result<std::vector<DeliveryConfigRecord>> configs_of(AlertScope scope) override;
  Result<std::vector<DeliveryConfigRecord>> configs_for_invoices() override;
  Result<std::optional<DeliveryConfigRecord>> find_config(DeliveryConfigId id) override;
  Result<std::optional<DeliveryConfigRecord>> config_by_confirmation(
      const SecretDigest& digest) override;
  Status update_confirmation(const DeliveryConfigRecord& config) override;
  Status insert_config(const DeliveryConfigRecord& config) override;
  Status remove_config(DeliveryConfigId id, int64_t unix_seconds) override;
  Result<std::vector<DeliveryRecord>> of(AlertScope scope, const EventPage& page) override;
  Result<std::optional<DeliveryRecord>> find(DeliveryId id) override;
  Result<std::vector<DeliveryRecord>> due(int64_t unix_seconds, uint32_t count_max) override;
  Status insert(const DeliveryRecord& delivery) override;
  Status update(const DeliveryRecord& delivery) override;
  Status remove_finished_before(int64_t unix_seconds) override;

 private:
  Connection& database_;
};

}  // namespace cachery::control::db
