// Rows of the tables sessions: SessionRecords on any engine. What each call promises is
// said in control/session_records.h.
#pragma once

#include "control/db/connection.h"
#include "control/session_records.h"

namespace cachery::control::db {

class SessionRows final : public SessionRecords {
 public:
  // It must outlive this.
  explicit SessionRows(Connection& database) : database_(database) {}

  Result<std::optional<SessionRecord>> by_digest(const SecretDigest& digest) override;
  Result<std::vector<SessionRecord>> of(AccountId account) override;
  Status insert(const SessionRecord& session) override;
  Status update(const SessionRecord& session) override;
  Status remove(SessionId id) override;
  Status remove_of(AccountId account, SessionId kept) override;
  Status remove_ended(int64_t now_unix_seconds) override;

 private:
  Connection& database_;
};

}  // namespace cachery::control::db
