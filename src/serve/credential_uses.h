// By which credentials clients of one worker came lately, on their way to the control plane. Noted
// at a login, and once a minute for connections that were active since: a request costs nothing. A
// credential is held once, so there are never more than the tenant table has.
#pragma once

#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "tenant/snapshot.h"

namespace cachery::serve {

class CredentialUses {
 public:
  // Any thread, both. The lock is held by nobody for longer than this.
  void note(tenant::CredentialId credential, int64_t unix_seconds) {
    const std::lock_guard lock(mutex_);
    last_[credential] = unix_seconds;
  }
  std::unordered_map<tenant::CredentialId, int64_t> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(last_, {});
  }

 private:
  std::mutex mutex_;
  std::unordered_map<tenant::CredentialId, int64_t> last_;  // guarded by mutex_
};

}  // namespace cachery::serve
