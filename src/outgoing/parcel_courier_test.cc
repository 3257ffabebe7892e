#include "outgoing/parcel_courier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/json.h"
#include "outgoing/receiver_fixture.h"
#include "outgoing/webhook_signature.h"

namespace cachery::outgoing {
namespace {

namespace json = http::json;
using control::DeliveryChannel;
using control::DeliveryKind;
using control::Parcel;
using testing::HasSubstr;
using testing::Not;

class FakeMail final : public control::MailSender {
 public:
  Status send(const control::Mail& mail) override {
    sent.push_back(mail);
    return {};
  }
  std::vector<control::Mail> sent;
};

Parcel fired(DeliveryChannel channel) {
  return {.delivery = {.idempotency_id = "0123abcd",
                       .scope = 100'001,
                       .kind = DeliveryKind::alert_fired,
                       .created_unix_seconds = 1'700'000'000},
          .config = {.channel = channel, .email = "a@example.org", .slack_channel = "#ops"},
          .secret = "hush",
          .cache_name = "shop <1>",
          .event = control::AlertEventRecord{.id = 5,
                                             .alert = 3,
                                             .scope = 100'001,
                                             .threshold = 80,
                                             .value = 71.25,
                                             .description = "call <Ann> & Bob",
                                             .at_unix_seconds = 1'700'000'000}};
}

TEST(ParcelCourier, AWebhookIsSentWhatHappenedSignedWithItsIdempotencyId) {
  const Receiver receiver;
  const HttpPoster poster({.reach = Reach::anywhere});
  Parcel parcel = fired(DeliveryChannel::webhook);
  parcel.config.webhook_url = receiver.url();
  const auto sent = ParcelCourier(poster, nullptr).deliver(parcel, 1'700'000'060);
  ASSERT_TRUE(sent.has_value()) << sent.error().detail;
  const http::Request request = receiver.received().at(0);
  EXPECT_EQ(request.header("Idempotency-Key"), "0123abcd");
  EXPECT_EQ(request.header(kSignatureHeader), sign("hush", 1'700'000'060, request.body));
  const json::value expected = {{"id", "0123abcd"},
                                {"type", "alert.fired"},
                                {"created_at", "2023-11-14T22:13:20Z"},
                                {"summary", "cache shop <1>: hit rate is below 80%"},
                                {"cache", {{"id", 100'001}, {"name", "shop <1>"}}},
                                {"alert",
                                 {{"id", 3},
                                  {"event_id", 5},
                                  {"trigger_type", "hit_rate"},
                                  {"fires", "below"},
                                  {"threshold", 80},
                                  {"value", 71.25},
                                  {"reason", "measured"},
                                  {"description", "call <Ann> & Bob"},
                                  {"at", "2023-11-14T22:13:20Z"}}}};
  EXPECT_EQ(json::parse(request.body), expected) << request.body;
}

TEST(ParcelCourier, AClosedInvoiceIsToldWithItsTotalAndDigest) {
  const Parcel parcel{
      .delivery = {.kind = DeliveryKind::invoice_closed},
      .invoice = control::InvoiceRecord{.id = 9,
                                        .team = 4,
                                        .team_name = "acme",
                                        .month = std::chrono::year{2024} / std::chrono::February,
                                        .currency = "USD",
                                        .total_minor = 1205,
                                        .digest = "ff"}};
  const auto body = json::parse(webhook_body(parcel));
  EXPECT_EQ(body.at("type"), "invoice.closed");
  EXPECT_EQ(body.at("invoice").at("team_id"), 4);
  EXPECT_EQ(body.at("invoice").at("month"), "2024-02");
  EXPECT_EQ(body.at("invoice").at("total_minor"), 1205);
  EXPECT_EQ(body.at("invoice").at("digest"), "ff");
  EXPECT_FALSE(body.as_object().contains("cache"));
}

TEST(ParcelCourier, SlackIsSentTextInWhichNothingIsAMarkOfItsOwn) {
  const Receiver receiver;
  const HttpPoster poster({.reach = Reach::anywhere});
  Parcel parcel = fired(DeliveryChannel::slack);
  parcel.config.slack_url = receiver.url();
  ASSERT_TRUE(ParcelCourier(poster, nullptr).deliver(parcel, 0).has_value());
  const auto body = json::parse(receiver.received().at(0).body);
  EXPECT_EQ(body.at("channel"), "#ops");
  const std::string text(body.at("text").as_string());
  EXPECT_THAT(text, HasSubstr("*cache shop &lt;1&gt;: hit rate is below 80%*"));
  EXPECT_THAT(text, HasSubstr("Measured: 71.2%"));
  EXPECT_THAT(text, HasSubstr("call &lt;Ann&gt; &amp; Bob"));
}

TEST(ParcelCourier, AMailSaysItInTheSubjectWhichIsOneLineOfAscii) {
  const HttpPoster poster({});
  FakeMail mail;
  Parcel parcel = fired(DeliveryChannel::email);
  parcel.cache_name = "caf\xc3\xa9\r\nBcc: x";
  ASSERT_TRUE(ParcelCourier(poster, &mail).deliver(parcel, 0).has_value());
  EXPECT_EQ(mail.sent.at(0).recipient, "a@example.org");
  EXPECT_EQ(mail.sent.at(0).subject, "cache caf????Bcc: x: hit rate is below 80%");
  EXPECT_THAT(mail.sent.at(0).text, HasSubstr("call <Ann> & Bob"));
}

TEST(ParcelCourier, WithoutAMailServerAMailWaits) {
  const HttpPoster poster({});
  const auto sent = ParcelCourier(poster, nullptr).deliver(fired(DeliveryChannel::email), 0);
  EXPECT_EQ(sent.error().fault, Fault::unavailable);
  EXPECT_THAT(sent.error().detail, HasSubstr("no mail server"));
}

TEST(ParcelCourier, AResolvedAlertAndATestSaySo) {
  Parcel parcel = fired(DeliveryChannel::webhook);
  parcel.event->kind = control::AlertEventKind::resolved;
  EXPECT_THAT(webhook_body(parcel), HasSubstr("hit rate is no longer below 80%"));
  parcel.event->reason = control::AlertEventReason::deleted;
  parcel.event->value = std::nullopt;
  EXPECT_THAT(webhook_body(parcel), HasSubstr("the alert on hit rate was deleted"));
  EXPECT_THAT(webhook_body(parcel), HasSubstr("\"value\":null"));
  parcel.event = std::nullopt;
  parcel.delivery.kind = DeliveryKind::test;
  EXPECT_THAT(webhook_body(parcel), HasSubstr("this is a test"));
  EXPECT_THAT(webhook_body(parcel), Not(HasSubstr("\"alert\"")));
}

}  // namespace
}  // namespace cachery::outgoing
