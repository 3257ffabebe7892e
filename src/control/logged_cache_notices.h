// Notices about caches where there is nobody to mail them: each is a line of the log, for the
// operator.
#pragma once

#include "base/log.h"
#include "control/cache_notices.h"

namespace cachery::control {

class LoggedCacheNotices final : public CacheNotices {
 public:
  Status tell(Records&, const CacheNotice& notice) override {
    const bool is_warning = notice.kind == CacheNoticeKind::idle;
    if (is_warning) {
      log::info("cache_idle", {{"cache", notice.cache}, {"disabled_at", notice.at_unix_seconds}});
    } else {
      log::info("cache_disabled_idle", {{"cache", notice.cache}, {"team", notice.team}});
    }
    return {};
  }
};

}  // namespace cachery::control
