// By which credentials clients came lately, and when last, until somebody takes it: those of one
// worker, on their way to the control plane, and those of the API there. A credential is held once,
// so there are never more than the tenant table has.
#pragma once

#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <utility>

#include "tenant/snapshot.h"

namespace cachery::tenant {

class CredentialUses {
 public:
  // Any thread, both. The lock is held by nobody for longer than this.
  void note(CredentialId credential, int64_t unix_seconds) {
    const std::lock_guard lock(mutex_);
    last_[credential] = unix_seconds;
  }
  std::unordered_map<CredentialId, int64_t> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(last_, {});
  }

 private:
  std::mutex mutex_;
  std::unordered_map<CredentialId, int64_t> last_;  // guarded by mutex_
};

}  // namespace cachery::tenant
