// The texts of the mails to people: one function a mail. A link carries its secret behind a #,
// so that no server's log and no Referer header ever has it; the dashboard's page reads it there
// and posts it.
#pragma once

#include <string>
#include <string_view>

#include "control/cache_notices.h"
#include "control/mail.h"

namespace cachery::control {

// Where the dashboard answers: "https://cache.example.org", without a slash at its end.
struct Links {
  std::string origin = {};

  std::string confirmation(std::string_view secret) const { return make("confirm", secret); }
  std::string reset(std::string_view secret) const { return make("reset", secret); }
  std::string invitation(std::string_view secret) const { return make("invitation", secret); }
  std::string alert_address(std::string_view secret) const { return make("alert-address", secret); }
  std::string operator_link(std::string_view secret) const { return make("operator", secret); }

 private:
  std::string make(std::string_view page, std::string_view secret) const;
};

Mail confirmation_mail(const Links& links, std::string_view email, std::string_view secret);
// Somebody signed up with an address that has an account.
Mail known_address_mail(const Links& links, std::string_view email);
Mail reset_mail(const Links& links, std::string_view email, std::string_view secret);
// Somebody asked that alerts of a cache be mailed to the address.
Mail alert_address_mail(const Links& links, std::string_view email, std::string_view cache_name,
                        std::string_view secret);
// What a stranger wrote, in a mail of ours: no program makes a link of it.
std::string words_of_others(std::string_view text);
Mail invitation_mail(const Links& links, std::string_view email, std::string_view team,
                     std::string_view secret);
// The password was changed; how many API tokens ended with it.
Mail password_mail(const Links& links, std::string_view email, size_t ended_tokens);
// What its owner must hear of in case it was not him: "the password was changed".
Mail security_mail(const Links& links, std::string_view email, std::string_view what);
Mail cache_notice_mail(const Links& links, std::string_view email, const CacheNotice& notice);

}  // namespace cachery::control
