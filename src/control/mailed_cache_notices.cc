#include "control/mailed_cache_notices.h"

#include <string>
#include <vector>

#include "base/log.h"
#include "control/account_records.h"
#include "control/team_records.h"

namespace cachery::control {
namespace {

void log_notice(const CacheNotice& notice) {
  switch (notice.kind) {
    case CacheNoticeKind::idle:
      log::info("cache_idle", {{"cache", notice.cache}, {"disabled_at", notice.at_unix_seconds}});
      return;
    case CacheNoticeKind::disabled:
      log::info("cache_disabled_idle", {{"cache", notice.cache}, {"team", notice.team}});
      return;
  }
}

Result<std::vector<std::string>> addresses_of_owners(Records& records, TeamId team) {
  const auto members = records.teams().members_of(team);
  if (!members) return std::unexpected(members.error());
  std::vector<std::string> addresses;
  for (const MemberRecord& member : *members) {
    if (member.role != Role::owner) continue;
    const auto account = records.accounts().find(member.account);
    if (!account) return std::unexpected(account.error());
    if (!*account || !(*account)->is_confirmed || (*account)->is_suspended) continue;
    addresses.push_back((*account)->email);
  }
  return addresses;
}

}  // namespace

Status MailedCacheNotices::tell(Records& records, const CacheNotice& notice) {
  log_notice(notice);
  if (notice.team == 0) return {};
  const auto addresses = addresses_of_owners(records, notice.team);
  if (!addresses) return std::unexpected(addresses.error());
  for (const std::string& address : *addresses) {
    const auto queued = mails_.enqueue(records, cache_notice_mail(links_, address, notice),
                                       {.kind = MailKind::cache_notice, .team = notice.team});
    if (!queued) return std::unexpected(queued.error());
  }
  return {};
}

}  // namespace cachery::control
