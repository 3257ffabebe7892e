// Alerts and their events as rows of `alerts` and `alert_events`: AlertRecords on any engine. What
// an alert turns from and to is compared and set in one statement.
#pragma once

#include "control/alert_records.h"
#include "control/db/connection.h"

namespace cachery::control::db {

class AlertRows final : public AlertRecords {
 public:
  // It must outlive this.
  explicit AlertRows(Connection& database) : database_(database) {}

  Result<std::vector<AlertRecord>> of(AlertScope scope) override;
  Result<std::vector<AlertRecord>> watching() override;
  Result<std::optional<AlertRecord>> find(AlertId id) override;
  Result<uint64_t> count_of_config(DeliveryConfigId config) override;
  Status insert(const AlertRecord& alert) override;
  Status update(const AlertRecord& alert) override;
  Result<bool> turn(const AlertRecord& alert, int64_t unix_seconds) override;
  Status remove(AlertId id) override;
  Status insert_event(const AlertEventRecord& event) override;
  Result<std::optional<AlertEventRecord>> find_event(AlertEventId id) override;
  Result<std::vector<AlertEventRecord>> events_of(AlertScope scope, const EventPage& page) override;
  Status remove_events_before(int64_t unix_seconds) override;

 private:
  Connection& database_;
};

}  // namespace cachery::control::db
