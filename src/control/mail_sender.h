// A mail, and whoever takes it to a mail server. Implemented by src/outgoing; asked by the queue of
// mails about accounts (mail.h) and by the deliveries of alerts (courier.h), which have queues of
// their own.
#pragma once

#include <string>

#include "base/error.h"

namespace cachery::control {

struct Mail {
  std::string recipient = {};
  std::string subject = {};  // ASCII, one line
  std::string text = {};     // UTF-8, lines end with \n
};

class MailSender {
 public:
  virtual ~MailSender() = default;
  // Blocks for seconds at most. invalid: this mail will never be taken (its address, most likely).
  // unavailable: the server does not answer, or not now; the others would fare alike.
  [[nodiscard]] virtual Status send(const Mail& mail) = 0;
};

}  // namespace cachery::control
