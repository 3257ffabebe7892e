// Takes parcels to where they go: a mail by the mail server, a message to Slack's incoming webhook,
// a signed request to a webhook. What a webhook is sent is documented in docs/guide/alerts.md field
// by field: fields are added, never changed.
#pragma once

#include <string>

#include "control/courier.h"
#include "control/mail_sender.h"
#include "outgoing/http_post.h"

namespace cachery::outgoing {

class ParcelCourier final : public control::Courier {
 public:
  // `mail` may be null: there is no mail server, and mails fail. Both must outlive it.
  ParcelCourier(const HttpPoster& poster, control::MailSender* mail)
      : poster_(poster), mail_(mail) {}

  Status deliver(const control::Parcel& parcel, int64_t unix_seconds) override;

 private:
  [[nodiscard]] Status send_mail(const control::Parcel& parcel) const;
  [[nodiscard]] Status post_to_slack(const control::Parcel& parcel) const;
  [[nodiscard]] Status post_to_webhook(const control::Parcel& parcel, int64_t unix_seconds) const;

  const HttpPoster& poster_;
  control::MailSender* const mail_;
};

// The bodies, as they are sent.
std::string slack_body(const control::Parcel& parcel);
std::string webhook_body(const control::Parcel& parcel);

}  // namespace cachery::outgoing
