// A mail that waits to be sent, or what became of it, as a row. Its twin in control/db:
// mail_rows.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "control/sequence.h"

namespace cachery::control {

using MailId = uint64_t;

inline constexpr Sequence kMailIds{.name = "mail"};

enum class MailState : uint8_t { waiting, sent, failed };

constexpr const char* name_of(MailState state) {
  switch (state) {
    case MailState::waiting:
      return "waiting";
    case MailState::sent:
      return "sent";
    case MailState::failed:
      return "failed";
  }
  return "";
}

struct MailRecord {
  MailId id = 0;
  std::string recipient = {};
  std::string subject = {};
  std::string kind = {};         // a name of mail_kinds.h; empty: older than they are
  int priority = 0;              // the least goes first
  std::string sealed_body = {};  // empty: sent, or given up
  MailState state = MailState::waiting;
  int tries_count = 0;
  std::string last_failure = {};
  int64_t created_unix_seconds = 0;
  int64_t next_try_unix_seconds = 0;
};

class MailRecords {
 public:
  virtual ~MailRecords() = default;

  // Waiting and due, by priority, and those that have waited longest first.
  [[nodiscard]] virtual Result<std::vector<MailRecord>> due(int64_t now_unix_seconds,
                                                            uint32_t count_max) = 0;
  // The newest first; `before` is an id, 0: from the newest on.
  [[nodiscard]] virtual Result<std::vector<MailRecord>> page(MailId before, uint32_t count_max) = 0;
  [[nodiscard]] virtual Result<std::optional<MailRecord>> find(MailId id) = 0;
  [[nodiscard]] virtual Result<uint64_t> count_waiting() = 0;
  [[nodiscard]] virtual Status insert(const MailRecord& mail) = 0;
  [[nodiscard]] virtual Status update(const MailRecord& mail) = 0;
  // Those that are sent or given up.
  [[nodiscard]] virtual Status remove_done_before(int64_t created_unix_seconds) = 0;
};

}  // namespace cachery::control
