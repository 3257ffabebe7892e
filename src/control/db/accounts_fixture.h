// For tests: the services about people over ServicesFixture's database, with a mail server that
// keeps what it is given and can be made to fail, and the cheapest passwords that there are.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/check.h"
#include "control/accounts_services.h"
#include "control/db/services_fixture.h"
#include "control/totp.h"

namespace cachery::control {

class FakeMailServer final : public MailSender {
 public:
  Status send(const Mail& mail) override {
    if (failure) return std::unexpected(*failure);
    mails.push_back(mail);
    return {};
  }

  std::vector<Mail> mails;
  std::optional<Error> failure;
};

struct AccountsFixture : ServicesFixture {
  static constexpr const char* kPassword = "correct horse battery";

  explicit AccountsFixture(SignUpRule rule = SignUpRule::open, const QuotaSettings& most = {})
      : ServicesFixture(Exposure::network, db::make_database(), most),
        accounts({*store, publisher, clock, sealer, people_audit, mails, hasher, links_to, quotas,
                  rule}) {}

  // The secret in the last mail to that address, delivered first. Fails the test when there is
  // none.
  std::string mailed_secret(const std::string& email) {
    EXPECT_TRUE(accounts.password.answer_reset_requests(clock.now()).has_value());
    EXPECT_TRUE(mails.deliver_due(clock.now()).has_value());
    for (auto mail = mail_server.mails.rbegin(); mail != mail_server.mails.rend(); ++mail) {
      const size_t at = mail->text.find('#');
      if (mail->recipient == email && at != std::string::npos) return mail->text.substr(at + 1, 64);
    }
    ADD_FAILURE() << "no mail with a link to " << email;
    return {};
  }
  AccountRecord make_account(const std::string& email) {
    const auto done = accounts.sign_up.sign_up(client, {.email = email, .password = kPassword});
    CHECK(done.has_value());
    return accounts.sign_up.confirm(client, mailed_secret(email)).value();
  }
  NewSession sign_in(const std::string& email, const std::string& password = kPassword) {
    return accounts.sign_in.begin(client, {email, password}).value().session.value();
  }
  TeamCaller caller(const AccountRecord& account) {
    return {.actor = actor_of(account, client), .account = account.id};
  }
  // The code that an authenticator with this key (base32) would show.
  std::string code_of(const std::string& key_base32, int64_t steps_ahead = 0) {
    constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    std::string key;
    uint32_t held = 0;
    int held_bits = 0;
    for (const char c : key_base32) {
      held = held << 5 | static_cast<uint32_t>(kDigits.find(c));
      held_bits += 5;
      if (held_bits < 8) continue;
      held_bits -= 8;
      key += static_cast<char>(held >> held_bits & 255);
    }
    return totp_code(key, clock.now().unix_seconds / kTotpStepSeconds + steps_ahead);
  }

  const Client client{.address = "192.0.2.7", .user_agent = "test"};
  const Links links_to{"https://cache.example.org"};
  FakeMailServer mail_server;
  Audit people_audit{*store, clock};
  PasswordHasher hasher{kPasswordCostOfTests};
  Mails mails{*store, clock, sealer, people_audit, &mail_server};
  AccountsServices accounts;
};

}  // namespace cachery::control
