// Notices about caches as mails to the owners of their team, queued with the fact itself. Each is a
// line of the log too: a cache may have no team, a team no owner who confirmed his address, and the
// installation no mail server.
#pragma once

#include "control/cache_notices.h"
#include "control/mail.h"
#include "control/notices.h"

namespace cachery::control {

class MailedCacheNotices final : public CacheNotices {
 public:
  // Both must outlive it; the links may be completed until the first notice.
  MailedCacheNotices(const Mails& mails, const Links& links) : mails_(mails), links_(links) {}

  [[nodiscard]] Status tell(Records& records, const CacheNotice& notice) override;

 private:
  const Mails& mails_;
  const Links& links_;
};

}  // namespace cachery::control
