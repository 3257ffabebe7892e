// A loop's connections over TLS: what differs from plain ones is where bytes wait.
#include <algorithm>

#include "net/loop.h"
#include "net/loop_test_handler.h"
#include "net/loop_test_peer.h"
#include "net/tls_test_peer.h"

namespace cachery::net {
namespace {

using namespace test;

class LoopTlsTest : public LoopFixture<ManualClock> {
 protected:
  void SetUp() override {
    LoopFixture::SetUp();
    if (IsSkipped()) return;
    store_ = open_store({.directory = directory_ / "tls"});
    context_ = client_context(directory_ / "tls" / "ca.pem");
  }

  // Shakes hands as the pool would, then hands the connection to the loop.
  std::unique_ptr<SocketClient> connect() {
    const SocketPair pair = loopback_.connect();
    auto client = std::make_unique<SocketClient>(pair.client, context_);
    auto stream = accept_stream(store_->current());
    std::thread shaking([&] { EXPECT_EQ(client->shake_hands(), ""); });
    std::byte buffer[16u << 10];
    while (stream->handshake() == TlsHandshake::in_progress) {
      poll_readable({pair.server}, 1000);
      const ssize_t got = recv(pair.server, buffer, sizeof buffer, 0);
      if (got > 0) {
        EXPECT_TRUE(stream->feed(std::span(buffer, static_cast<size_t>(got))));
        EXPECT_TRUE(stream->keep_input());
      }
      if (got == 0) break;
      const auto out = stream->output();
      const ptrdiff_t sent =
          send_now(pair.server, {reinterpret_cast<const char*>(out.data()), out.size()});
      stream->consume_output(static_cast<size_t>(std::max<ptrdiff_t>(sent, 0)));
    }
    shaking.join();
    loop_->call([&](Loop& loop) {
      loop.add(OwnedSocket(pair.server), std::make_unique<LineHandler>(alive_, &blocks_),
               std::move(stream));
    });
    return client;
  }
  static std::string read(SocketClient& client, size_t bytes) {
    std::string text;
    while (text.size() < bytes) {
      const std::string more = client.read();
      if (more.empty()) break;
      text += more;
    }
    return text;
  }

  TempDirectory directory_;
  Loopback loopback_;
  std::unique_ptr<CertificateStore> store_;
  TlsContext context_;
  std::atomic<int> alive_ = 0;
  TestBlocks blocks_;
};

INSTANTIATE_TEST_SUITE_P(Pollers, LoopTlsTest,
                         testing::Values(PollerKind::io_uring, PollerKind::epoll), name_of);

TEST_P(LoopTlsTest, AnswersRequestsWholeAndInPieces) {
  const auto client = connect();
  ASSERT_TRUE(client->write("echo hello\n"));
  EXPECT_EQ(read(*client, 6), "hello\n");
  for (const char byte : std::string_view("echo pieces\n")) ASSERT_TRUE(client->write({&byte, 1}));
  EXPECT_EQ(read(*client, 7), "pieces\n");
}

TEST_P(LoopTlsTest, ReceivesALongRequest) {
  const auto client = connect();
  std::string value;
  append_pattern(value, 2'999'999);
  ASSERT_TRUE(client->write("bulk 3000000\n" + value + "echo behind\n"));
  const std::string expected = sum_of(value) + "\nbehind\n";
  EXPECT_EQ(read(*client, expected.size()), expected);
}

// Requests wait in the stream behind replies that nobody reads; none may be left there.
TEST_P(LoopTlsTest, AnswersAllThatWasPipelinedByASlowReader) {
  const auto client = connect();
  std::string requests;
  std::string expected;
  for (int i = 0; i < 200; ++i) {
    requests += "big 90000\necho mark\n";
    append_pattern(expected, 90'000);
    expected += "mark\n";
  }
  ASSERT_TRUE(client->write(requests));
  loop_->call([](Loop&) {});
  const std::string got = read(*client, expected.size());
  EXPECT_TRUE(got == expected) << got.size() << " of " << expected.size() << " bytes";
}

TEST_P(LoopTlsTest, SaysGoodbyeAfterWhatWasComposed) {
  const auto client = connect();
  ASSERT_TRUE(client->write("big 500000\nquit\necho never\n"));
  const std::string got = read(*client, SIZE_MAX);
  EXPECT_EQ(got.size(), 500'001 + std::string("bye\n").size());
  EXPECT_EQ(SSL_get_shutdown(client->ssl()) & SSL_RECEIVED_SHUTDOWN, SSL_RECEIVED_SHUTDOWN)
      << client->error();
}

TEST_P(LoopTlsTest, LeavesNothingOfAClientThatGoes) {
  for (int i = 0; i < 20; ++i) {
    const auto client = connect();
    ASSERT_TRUE(client->write("big 2000000\necho unfin"));
  }
  EXPECT_TRUE(eventually([&] { return loop_->connections() == 0 && alive_.load() == 0; }));
}

TEST_P(LoopTlsTest, ALongRequestIsTakenWithItsBlock) {
  loop_->call([this](Loop& loop) { loop.set_block_source(&blocks_); });
  const auto client = connect();
  for (size_t i = 0; i < 5; ++i) {
    std::string text;
    append_pattern(text, 300'000 + i);
    ASSERT_TRUE(client->write("bulk " + std::to_string(text.size()) + "\n" + text + "echo then\n"));
    const std::string answer = sum_of(text) + "\nthen\n";
    ASSERT_EQ(read(*client, answer.size()), answer);
  }
  EXPECT_GT(blocks_.taken(), 0u);
  EXPECT_TRUE(eventually([&] { return blocks_.held_bytes() == 0; }));
}

// Longer than what is believed at once: it is moved a few times, not for each record.
TEST_P(LoopTlsTest, AVeryLongRequestIsMovedAFewTimes) {
  loop_->call([this](Loop& loop) { loop.set_block_source(&blocks_); });
  const auto client = connect();
  std::string text;
  append_pattern(text, 20u << 20);
  ASSERT_TRUE(client->write("bulk " + std::to_string(text.size()) + "\n" + text));
  const std::string answer = sum_of(text) + "\n";
  EXPECT_EQ(read(*client, answer.size()), answer);
  EXPECT_LE(blocks_.lent(), 4u);
}

}  // namespace
}  // namespace cachery::net
