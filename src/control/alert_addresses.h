// Whether an address agrees to be told alerts. Anybody may write anybody's address into a place of
// an alert, so nothing but one mail goes there before the address has answered: a link with a
// secret, good once, for seven days. The address of a confirmed member of the cache's team needs no
// asking, nor does one that the operator gives for the installation.
#pragma once

#include <string_view>

#include "control/actor.h"
#include "control/audit.h"
#include "control/delivery_records.h"
#include "control/mail.h"
#include "control/notices.h"
#include "control/store.h"

namespace cachery::control {

inline constexpr int64_t kAlertAddressSeconds = 7 * 86'400;

class AlertAddresses {
 public:
  // All must outlive it; the links may be completed until the first mail.
  AlertAddresses(Store& store, const Clock& clock, const Audit& audit, const Mails& mails,
                 const Links& links)
      : store_(store), clock_(clock), audit_(audit), mails_(mails), links_(links) {}

  // Within a transaction, of a place for mails: whether it needs not be asked.
  [[nodiscard]] Result<bool> is_known(Records& records, const DeliveryConfigRecord& config) const;
  // Within a transaction, of a place that is kept already: a mail with a new link, in place of an
  // older one. After wait_before_asking.
  [[nodiscard]] Status ask(Records& records, const Actor& actor, DeliveryConfigRecord config) const;
  // 0: the address may be asked, or needs not be; it is counted. Else the seconds to wait.
  [[nodiscard]] Result<uint32_t> wait_before_asking(const Actor& actor,
                                                    const DeliveryConfigRecord& config) const;
  // The address has agreed. not_found: a link that was used, is too old or never was.
  // `address`: the client's.
  [[nodiscard]] Result<DeliveryConfigRecord> confirm(std::string_view secret,
                                                     std::string_view address) const;

 private:
  Store& store_;
  const Clock& clock_;
  const Audit& audit_;
  const Mails& mails_;
  const Links& links_;
};

}  // namespace cachery::control
