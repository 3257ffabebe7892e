#include "control/alert_addresses.h"

#include <fmt/format.h>

#include <algorithm>

#include "control/account_records.h"
#include "control/accounts_ground.h"
#include "control/cache_records.h"
#include "control/team_records.h"
#include "control/transaction.h"

namespace cachery::control {
namespace {

struct CacheOfPlace {
  std::string name = {};
  TeamId team = 0;
};

Result<CacheOfPlace> cache_of(Records& records, AlertScope scope) {
  const auto cache = records.caches().find(scope);
  if (!cache) return std::unexpected(cache.error());
  return *cache ? CacheOfPlace{(*cache)->name, (*cache)->team} : CacheOfPlace{};
}

MailCause cause_of(const Actor& actor, TeamId team) {
  return {.kind = MailKind::alert_address, .person = person_of(actor), .team = team};
}

}  // namespace

Result<bool> AlertAddresses::is_known(Records& records, const DeliveryConfigRecord& config) const {
  if (config.scope == kInstallation) return true;
  const auto account = records.accounts().by_email(config.email);
  if (!account) return std::unexpected(account.error());
  if (!*account || !(*account)->is_confirmed || (*account)->is_suspended) return false;
  const auto cache = cache_of(records, config.scope);
  if (!cache) return std::unexpected(cache.error());
  const auto teams = records.teams().memberships_of((*account)->id);
  if (!teams) return std::unexpected(teams.error());
  return std::ranges::find(*teams, cache->team, &MemberRecord::team) != teams->end();
}

Status AlertAddresses::ask(Records& records, const Actor& actor,
                           DeliveryConfigRecord config) const {
  const auto cache = cache_of(records, config.scope);
  if (!cache) return std::unexpected(cache.error());
  const std::string secret = make_secret();
  const auto queued =
      mails_.enqueue(records, alert_address_mail(links_, config.email, cache->name, secret),
                     cause_of(actor, cache->team));
  if (!queued) return std::unexpected(queued.error());
  // A place that was asked already keeps its link.
  if (*queued == Queued::no && config.confirmation) return {};
  config.confirmation = digest_of(secret);
  config.confirmation_end_unix_seconds = clock_.now().unix_seconds + kAlertAddressSeconds;
  return records.deliveries().update_confirmation(config);
}

Result<uint32_t> AlertAddresses::wait_before_asking(const Actor& actor,
                                                    const DeliveryConfigRecord& config) const {
  return read(store_, [&](Records& records) -> Result<uint32_t> {
    const auto is_good = is_known(records, config);
    if (!is_good) return std::unexpected(is_good.error());
    const auto cache = cache_of(records, config.scope);
    if (!cache) return std::unexpected(cache.error());
    return *is_good ? 0 : mails_.take(config.email, cause_of(actor, cache->team));
  });
}

Result<DeliveryConfigRecord> AlertAddresses::confirm(std::string_view secret,
                                                     std::string_view address) const {
  return write(store_, [&](Records& records) -> Result<DeliveryConfigRecord> {
    auto found = records.deliveries().config_by_confirmation(digest_of(secret));
    if (!found) return std::unexpected(found.error());
    if (!*found || (*found)->confirmation_end_unix_seconds <= clock_.now().unix_seconds) {
      return fail(Fault::not_found,
                  "this link was used, is too old or is not whole: ask for another");
    }
    DeliveryConfigRecord config = std::move(**found);
    config.is_confirmed = true;
    config.confirmation.reset();
    config.confirmation_end_unix_seconds = 0;
    if (auto kept = records.deliveries().update_confirmation(config); !kept) {
      return std::unexpected(kept.error());
    }
    const Actor actor{.kind = ActorKind::link,
                      .name = fmt::format("link mailed to {}", config.email),
                      .address = std::string(address)};
    const auto noted = audit_.note(records, actor,
                                   {.action = "delivery_config.confirm",
                                    .object_kind = "delivery_config",
                                    .object_id = std::to_string(config.id),
                                    .cache = config.scope,
                                    .after = {{"email", config.email}, {"confirmed", true}}});
    if (!noted) return std::unexpected(noted.error());
    return config;
  });
}

}  // namespace cachery::control
