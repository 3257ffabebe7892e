// Rows of the tables mails: MailRecords on any engine. What each call promises is
// said in control/mail_records.h.
#pragma once

#include "control/db/connection.h"
#include "control/mail_records.h"

namespace cachery::control::db {

class MailRows final : public MailRecords {
 public:
  // It must outlive this.
  explicit MailRows(Connection& database) : database_(database) {}

  Result<std::vector<MailRecord>> due(int64_t now_unix_seconds, uint32_t count_max) override;
  Result<std::vector<MailRecord>> page(MailId before, uint32_t count_max) override;
  Result<std::optional<MailRecord>> find(MailId id) override;
  Result<uint64_t> count_waiting() override;
  Status insert(const MailRecord& mail) override;
  Status update(const MailRecord& mail) override;
  Status remove_done_before(int64_t created_unix_seconds) override;

 private:
  Connection& database_;
};

}  // namespace cachery::control::db
