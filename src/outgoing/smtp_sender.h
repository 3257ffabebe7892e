// Mail by a mail server that the operator names, over libcurl: one connection a mail, bounded in
// time, TLS unless it is turned off (smtps:// from the first byte, smtp:// by STARTTLS, required),
// with the server's certificate verified. Whether a refusal is of this mail or of all is read from
// the server's code: what says that the mailbox is wrong is invalid, all else may be tried again.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "base/clock.h"
#include "base/ending.h"
#include "control/mail_sender.h"
#include "outgoing/limits.h"

namespace cachery::outgoing {

enum class MailTls : uint8_t { required, off };

struct MailServer {
  std::string url = {};   // "smtp://mail.example.org:587", "smtps://mail.example.org"
  std::string user = {};  // empty: no authentication
  std::string password = {};
  std::string from = {};  // the address that mails come from
  MailTls tls = MailTls::required;
  std::filesystem::path ca_file = {};  // empty: the machine's authorities
  std::chrono::milliseconds connect_time = kConnectTime;
  std::chrono::milliseconds exchange_time = kExchangeTime;
  const Ending* ending = nullptr;  // once it has begun, nothing is waited for
};

class SmtpSender final : public control::MailSender {
 public:
  // One a process at start: it prepares libcurl, which wants that done before there are threads.
  // `clock` must outlive it. invalid: the server's address, or the sender's.
  [[nodiscard]] static Result<std::unique_ptr<SmtpSender>> open(MailServer server,
                                                                const Clock& clock);

  // Any thread; several at once.
  Status send(const control::Mail& mail) override;

 private:
  SmtpSender(MailServer server, const Clock& clock) : server_(std::move(server)), clock_(clock) {}

  const MailServer server_;
  const Clock& clock_;
};

}  // namespace cachery::outgoing
