#include "control/notices.h"

#include <fmt/format.h>

#include "base/rfc3339.h"

namespace cachery::control {

std::string Links::make(std::string_view page, std::string_view secret) const {
  return fmt::format("{}/{}#{}", origin, page, secret);
}

Mail confirmation_mail(const Links& links, std::string_view email, std::string_view secret) {
  return {.recipient = std::string(email),
          .subject = "Confirm your address",
          .text = fmt::format("Somebody, probably you, signed up at {} with this address.\n\n"
                              "To confirm it, open this link within two days:\n\n    {}\n\n"
                              "If it was not you, nothing is to be done.\n",
                              links.origin, links.confirmation(secret))};
}

Mail known_address_mail(const Links& links, std::string_view email) {
  return {
      .recipient = std::string(email),
      .subject = "You have an account already",
      .text = fmt::format("Somebody, probably you, signed up at {} with this address. It has an "
                          "account there already:\nsign in with it, or ask for a new password "
                          "on the page that signs in.\n",
                          links.origin)};
}

Mail reset_mail(const Links& links, std::string_view email, std::string_view secret) {
  return {.recipient = std::string(email),
          .subject = "Choose a new password",
          .text = fmt::format("Somebody, probably you, asked for a new password at {}.\n\n"
                              "To choose one, open this link within an hour:\n\n    {}\n\n"
                              "If it was not you, nothing is to be done: the password stays.\n",
                              links.origin, links.reset(secret))};
}

Mail alert_address_mail(const Links& links, std::string_view email, std::string_view cache_name,
                        std::string_view secret) {
  return {
      .recipient = std::string(email),
      .subject = "Confirm that you want alerts",
      .text = fmt::format("Somebody asked {} to mail alerts of a cache to this address. Its "
                          "owner calls it \"{}\".\n\n"
                          "To agree, open this link within seven days:\n\n    {}\n\n"
                          "If you do not want them, nothing is to be done: no other mail of "
                          "it comes.\n",
                          links.origin, words_of_others(cache_name), links.alert_address(secret))};
}

// A dot, a slash, a colon or an at sign between two letters makes an address; apart from them none.
std::string words_of_others(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("./:@").find(c) == std::string_view::npos) {
      out += c;
      continue;
    }
    if (!out.empty() && out.back() != ' ') out += ' ';
    out += c;
    out += ' ';
  }
  return out;
}

Mail invitation_mail(const Links& links, std::string_view email, std::string_view team,
                     std::string_view secret) {
  return {.recipient = std::string(email),
          .subject = "You are invited to a team",
          .text = fmt::format("You are invited to a team at {}. Its owner calls it \"{}\".\n\n"
                              "To join it, open this link within seven days, signed in with this "
                              "address:\n\n    {}\n\n"
                              "If you do not know the team, nothing is to be done.\n",
                              links.origin, words_of_others(team), links.invitation(secret))};
}

Mail security_mail(const Links& links, std::string_view email, std::string_view what) {
  return {.recipient = std::string(email),
          .subject = "A change to your account",
          .text = fmt::format("At {}, {}.\n\nIf it was not you, ask for a new password now, on the "
                              "page that signs in: that ends every session and every API token.\n",
                              links.origin, what)};
}

Mail password_mail(const Links& links, std::string_view email, size_t ended_tokens) {
  const std::string tokens =
      ended_tokens == 0 ? ""
                        : fmt::format(", and {} API {} ended with the old one", ended_tokens,
                                      ended_tokens == 1 ? "token" : "tokens");
  return security_mail(links, email, "your password was changed" + tokens);
}

Mail cache_notice_mail(const Links& links, std::string_view email, const CacheNotice& notice) {
  const std::string name = words_of_others(notice.cache_name);
  const std::string page = fmt::format("{}/caches/{}", links.origin, notice.cache);
  if (notice.kind == CacheNoticeKind::idle) {
    return {.recipient = std::string(email),
            .subject = fmt::format("The cache {} is idle", name),
            .text = fmt::format(
                "The development cache \"{}\" has had no request for weeks. Without one it is "
                "disabled at\n{} (UTC). A request of any client keeps it.\n\n    {}\n",
                name, format_rfc3339(notice.at_unix_seconds), page)};
  }
  return {.recipient = std::string(email),
          .subject = fmt::format("The cache {} was disabled", name),
          .text = fmt::format(
              "The development cache \"{}\" had no request for 30 days and was disabled: clients "
              "are refused.\nNothing else has changed. To let them in again, enable it:\n\n    "
              "{}\n",
              name, page)};
}

}  // namespace cachery::control
