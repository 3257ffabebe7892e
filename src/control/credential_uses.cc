#include "control/credential_uses.h"

#include <algorithm>

#include "control/credential_records.h"

namespace cachery::control {

void CredentialUses::note(tenant::CredentialId credential) {
  noted_.note(credential, clock_.now().unix_seconds);
}

Status CredentialUses::run(const Now&) {
  const auto add = [this](tenant::CredentialId credential, int64_t time) {
    int64_t& last = pending_[credential];
    last = std::max(last, time);
  };
  for (const auto& [credential, time] : noted_.take()) add(credential, time);
  for (const tenant::CredentialUse& use : node_.take_credential_uses()) {
    add(use.credential, use.unix_seconds);
  }
  if (pending_.empty()) return {};
  const auto written = store_.write([this](Records& records) -> Status {
    for (const auto& [credential, time] : pending_) {
      if (auto done = records.credentials().note_use(credential, time); !done) return done;
    }
    return {};
  });
  if (written) pending_.clear();
  return written;
}

}  // namespace cachery::control
