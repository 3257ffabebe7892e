#include "outgoing/http_post.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "outgoing/receiver_fixture.h"

namespace cachery::outgoing {
namespace {

using testing::HasSubstr;

constexpr HttpPoster::Settings kAnywhere{.reach = Reach::anywhere};

TEST(HttpPost, ArrivesWithItsHeadersAndBody) {
  const Receiver receiver;
  const HttpPoster poster(kAnywhere);
  const auto sent = poster.send({.url = receiver.url("/a%20b?c=d"),
                                 .headers = {{"X-Mark", "7"}, {"Content-Type", "application/json"}},
                                 .body = "{\"a\":1}"});
  ASSERT_TRUE(sent.has_value()) << sent.error().detail;
  ASSERT_EQ(receiver.received().size(), 1u);
  const http::Request request = receiver.received()[0];
  EXPECT_EQ(request.method, http::Method::post);
  EXPECT_THAT(request.segments, testing::ElementsAre("a b"));
  EXPECT_EQ(request.header("X-Mark"), "7");
  EXPECT_EQ(request.header("Content-Type"), "application/json");
  EXPECT_EQ(request.header("User-Agent"), "Cachery");
  EXPECT_EQ(request.body, "{\"a\":1}");
}

TEST(HttpPost, AnotherStatusThanSuccessIsToldWithTheAnswersFirstBytes) {
  Receiver receiver;
  const HttpPoster poster(kAnywhere);
  receiver.answer({.status = 500, .body = "out of\npaper"});
  auto sent = poster.send({.url = receiver.url()});
  EXPECT_EQ(sent.error().fault, Fault::unavailable);
  EXPECT_EQ(sent.error().detail, "it answered 500, and \"out of paper\"");
  receiver.answer({.status = 404, .body = std::string(10'000, 'x')});
  sent = poster.send({.url = receiver.url()});
  EXPECT_EQ(sent.error().fault, Fault::unavailable);
  EXPECT_LT(sent.error().detail.size(), kAnswerBytesKept + 50);
  receiver.answer({.status = 410});
  EXPECT_EQ(poster.send({.url = receiver.url()}).error().fault, Fault::forbidden);
  receiver.answer({.status = 204});
  EXPECT_TRUE(poster.send({.url = receiver.url()}).has_value());
}

TEST(HttpPost, ARedirectIsNotFollowed) {
  Receiver receiver;
  const Receiver other;
  receiver.answer({.status = 302, .headers = {{"Location", other.url()}}});
  const auto sent = HttpPoster(kAnywhere).send({.url = receiver.url(), .body = "x"});
  EXPECT_EQ(sent.error().fault, Fault::unavailable);
  EXPECT_THAT(sent.error().detail, HasSubstr("redirect"));
  EXPECT_TRUE(other.received().empty());
}

TEST(HttpPost, ALongAnswerIsCutOffAndCountsByItsStatus) {
  Receiver receiver;
  receiver.answer({.status = 200, .body = std::string(4 * kAnswerBytesMax, 'x')});
  EXPECT_TRUE(HttpPoster(kAnywhere).send({.url = receiver.url()}).has_value());
  receiver.answer({.status = 503, .body = std::string(4 * kAnswerBytesMax, 'x')});
  EXPECT_FALSE(HttpPoster(kAnywhere).send({.url = receiver.url()}).has_value());
}

TEST(HttpPost, LoopbackIsRefusedBeforeAConnectionIsMadeUnlessAllowed) {
  const Receiver receiver;
  const HttpPoster poster({.reach = Reach::public_only});
  std::string by_name = receiver.url();
  by_name.replace(by_name.find("127.0.0.1"), 9, "localhost");
  for (const std::string& url : {receiver.url(), by_name}) {
    const auto sent = poster.send({.url = url, .body = "x"});
    EXPECT_EQ(sent.error().fault, Fault::forbidden) << url;
    EXPECT_THAT(sent.error().detail, HasSubstr("public addresses only"));
  }
  EXPECT_TRUE(receiver.received().empty());
}

TEST(HttpPost, NothingButHttpIsSpoken) {
  const HttpPoster poster(kAnywhere);
  for (const char* url : {"file:///etc/passwd", "gopher://127.0.0.1:1/x", "ftp://127.0.0.1/x",
                          "http://", "http://a b/"}) {
    const auto sent = poster.send({.url = url});
    ASSERT_FALSE(sent.has_value()) << url;
    EXPECT_EQ(sent.error().fault, Fault::invalid) << url << sent.error().detail;
  }
}

// A socket that takes connections and never answers: the kernel accepts for it.
class Silence {
 public:
  Silence() : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const any = reinterpret_cast<sockaddr*>(&address);
    CHECK(::bind(socket_, any, size) == 0 && ::listen(socket_, 8) == 0);
    CHECK(::getsockname(socket_, any, &size) == 0);
    port_ = ntohs(address.sin_port);
  }
  ~Silence() { ::close(socket_); }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/"; }

 private:
  int socket_;
  uint16_t port_ = 0;
};

TEST(HttpPost, AReceiverThatDoesNotAnswerIsGivenUpInTime) {
  const Silence silence;
  const HttpPoster poster(
      {.reach = Reach::anywhere, .exchange_time = std::chrono::milliseconds(100)});
  const auto start = std::chrono::steady_clock::now();
  const auto sent = poster.send({.url = silence.url(), .body = "x"});
  EXPECT_EQ(sent.error().fault, Fault::unavailable);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST(HttpPost, NobodyThereIsUnavailable) {
  std::string url;
  {
    const Receiver gone;
    url = gone.url();
  }
  const auto sent = HttpPoster(kAnywhere).send({.url = url});
  EXPECT_EQ(sent.error().fault, Fault::unavailable);
}

}  // namespace
}  // namespace cachery::outgoing
