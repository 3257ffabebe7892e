// What the service has to say to the people of a team about their caches. Told within the
// transaction of the fact itself, so that a notice is neither lost nor sent for what did not
// happen; whoever implements it keeps the notice in a row and delivers it afterwards.
#pragma once

#include <cstdint>
#include <string>

#include "control/cache_records.h"
#include "control/records.h"
#include "control/role.h"

namespace cachery::control {

enum class CacheNoticeKind : uint8_t {
  idle,      // a development cache will be disabled for want of requests, at `at_unix_seconds`
  disabled,  // it was, and its owner can enable it
};

struct CacheNotice {
  CacheNoticeKind kind = CacheNoticeKind::idle;
  TeamId team = 0;  // whose owners are told; 0: the cache is the operator's
  CacheId cache = 0;
  std::string cache_name = {};
  int64_t at_unix_seconds = 0;
};

class CacheNotices {
 public:
  virtual ~CacheNotices() = default;
  [[nodiscard]] virtual Status tell(Records& records, const CacheNotice& notice) = 0;
};

}  // namespace cachery::control
