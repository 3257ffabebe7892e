#include "net/tls_stream.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <cstdio>
#include <random>

#include "net/tls_test_peer.h"

namespace cachery::net {
namespace {

using namespace test;

class TlsStreamTest : public testing::Test {
 protected:
  TlsStreamTest()
      : store_(open_store({.directory = directory_ / "tls"})),
        client_context_(client_context(directory_ / "tls" / "ca.pem")) {
    client_ = connect_stream(client_context_);
    server_ = accept_stream(store_->current());
  }

  TempDirectory directory_;
  std::unique_ptr<CertificateStore> store_;
  TlsContext client_context_;
  std::unique_ptr<TlsStream> client_;
  std::unique_ptr<TlsStream> server_;
};

// Fed in two parts, each from memory that is overwritten afterwards: a byte that is used after the
// call would be noticed.
void feed_split(TlsStream& to, std::vector<std::byte> bytes, size_t split) {
  std::vector<std::byte> tail(bytes.begin() + static_cast<std::ptrdiff_t>(split), bytes.end());
  bytes.resize(split);
  for (std::vector<std::byte>* part : {&bytes, &tail}) {
    Status fed = to.feed(*part);
    ASSERT_TRUE(fed) << fed.error().detail;
    ASSERT_TRUE(to.keep_input());
    std::ranges::fill(*part, std::byte{0xee});
  }
}

// One handshake and a conversation with the flight number `flight` split at `split`. Returns how
// long that flight was; 0 when there are fewer.
size_t shake_hands_split(const TlsContext& client_context, const TlsContext& server_context,
                         size_t flight, size_t split) {
  auto client = connect_stream(client_context);
  auto server = accept_stream(server_context);
  size_t bytes_of_flight = 0;
  TlsStream* from = client.get();
  TlsStream* to = server.get();
  for (size_t i = 0; !from->output().empty() || !to->output().empty(); ++i) {
    std::vector<std::byte> bytes;
    from->swap_output(bytes);
    if (i == flight) bytes_of_flight = bytes.size();
    feed_split(*to, bytes, i == flight ? std::min(split, bytes.size()) : bytes.size());
    std::swap(from, to);
  }
  EXPECT_EQ(client->handshake(), TlsHandshake::done);
  EXPECT_EQ(server->handshake(), TlsHandshake::done);
  expect_conversation(*client, *server);
  return bytes_of_flight;
}

TEST_F(TlsStreamTest, HandshakeGivesTheSameForEverySplitOfEveryFlight) {
  for (int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    only_version(client_context_, version);
    size_t handshakes = 0;
    for (size_t flight = 0; flight < 8; ++flight) {
      size_t bytes = shake_hands_split(client_context_, store_->current(), flight, 0);
      for (size_t split = 1; split < bytes && !HasFailure(); ++split, ++handshakes) {
        shake_hands_split(client_context_, store_->current(), flight, split);
      }
    }
    EXPECT_GT(handshakes, 1'000u);
  }
}

TEST_F(TlsStreamTest, HandshakeWorksByteByByte) {
  while (!client_->output().empty() || !server_->output().empty()) {
    for (auto [from, to] :
         {std::pair{client_.get(), server_.get()}, std::pair{server_.get(), client_.get()}}) {
      std::vector<std::byte> bytes;
      from->swap_output(bytes);
      for (std::byte byte : bytes) ASSERT_TRUE(to->feed(std::span(&byte, 1)) && to->keep_input());
    }
  }
  expect_conversation(*client_, *server_);
}

TEST_F(TlsStreamTest, CarriesAnyAmountInAnyPieces) {
  ASSERT_TRUE(shake_hands(*client_, *server_).is_good());
  uint32_t seed = std::random_device{}();
  std::printf("seed %u\n", seed);
  std::mt19937 random(seed);
  std::string sent(5'000'000, '\0');
  for (char& c : sent) c = static_cast<char>(random());
  std::string received;
  std::vector<char> room(100'000);
  size_t written = 0;
  while (received.size() < sent.size()) {
    size_t want = std::min<size_t>(random() % 300'000, sent.size() - written);
    Result<size_t> taken = client_->write(bytes_of(std::string_view(sent).substr(written, want)));
    ASSERT_TRUE(taken) << taken.error().detail;
    written += *taken;
    size_t bytes = std::min<size_t>(random() % 200'000, client_->output().size());
    ASSERT_TRUE(server_->feed(client_->output().first(bytes)));
    // Now and then the owner stops reading before the end.
    for (bool goes_on = true; goes_on; goes_on = random() % 8 != 0) {
      size_t part = 1 + random() % room.size();
      Result<size_t> got = server_->read(std::as_writable_bytes(std::span(room).first(part)));
      ASSERT_TRUE(got) << got.error().detail;
      received.append(room.data(), *got);
      if (*got == 0) break;
    }
    ASSERT_TRUE(server_->keep_input());
    client_->consume_output(bytes);
  }
  EXPECT_TRUE(received == sent);
}

TEST_F(TlsStreamTest, TakesNoMoreThanItsOutputMayHoldAndGoesOnWhenItIsSent) {
  ASSERT_TRUE(shake_hands(*client_, *server_).is_good());
  std::string large(2'000'000, 'x');
  for (TlsStream* stream : {server_.get(), client_.get()}) {
    Result<size_t> taken = stream->write(bytes_of(large));
    ASSERT_TRUE(taken) << taken.error().detail;
    EXPECT_LT(*taken, large.size());
    EXPECT_GE(stream->output().size(), kTlsOutputBytesMax);
    EXPECT_LE(stream->output().size(), kTlsOutputBytesMax + 17'000);
    EXPECT_EQ(stream->write(bytes_of("more")).value_or(9), 0u);
    stream->consume_output(stream->output().size());
    EXPECT_EQ(stream->write(bytes_of("more")).value_or(9), 4u);
  }
}

TEST_F(TlsStreamTest, WhatCouldNotBeSentAfterAllGoesBeforeWhatCameLater) {
  ASSERT_TRUE(shake_hands(*client_, *server_).is_good());
  std::string arrived;
  for (const size_t unsent : {size_t{1}, size_t{20}, size_t{1'000}}) {
    ASSERT_TRUE(client_->write(bytes_of(std::string(1'000, 'a'))));
    const std::vector<std::byte> first(client_->output().begin(), client_->output().end());
    client_->consume_output(first.size());
    ASSERT_TRUE(client_->write(bytes_of("b")));
    client_->put_back_output(std::span(first).last(unsent));
    ASSERT_TRUE(server_->feed(std::span(first).first(first.size() - unsent)));
    ASSERT_TRUE(server_->keep_input());
    ASSERT_TRUE(server_->feed(client_->output()));
    std::byte room[2'000];
    while (const size_t got = server_->read(room).value_or(0)) {
      arrived.append(reinterpret_cast<const char*>(room), got);
    }
    client_->consume_output(client_->output().size());
    EXPECT_EQ(arrived, std::string(1'000, 'a') + "b") << unsent;
    arrived.clear();
  }
}

TEST_F(TlsStreamTest, KeepsAllThatIoUringMayBringAndNoMoreThanItsBound) {
  ASSERT_TRUE(shake_hands(*client_, *server_).is_good());
  ASSERT_TRUE(client_->write(bytes_of(std::string(200'000, 'x'))));
  const auto brought = client_->output();
  size_t kept_bytes = 0;
  for (; kept_bytes + brought.size() <= kTlsInputBytesMax; kept_bytes += brought.size()) {
    ASSERT_TRUE(server_->feed(brought) && server_->keep_input()) << kept_bytes;
  }
  EXPECT_GE(kept_bytes, 4u << 20);
  ASSERT_TRUE(server_->feed(brought));
  Status kept = server_->keep_input();
  ASSERT_FALSE(kept);
  EXPECT_EQ(kept.error().fault, Fault::exhausted);
}

TEST_F(TlsStreamTest, LendsAWarmBufferAndTakesItBackFilled) {
  ASSERT_TRUE(shake_hands(*client_, *server_).is_good());
  std::vector<std::byte> warm;
  warm.reserve(100'000);
  const std::byte* memory = warm.data();
  server_->swap_output(warm);
  ASSERT_TRUE(server_->write(bytes_of("VALUE a 0 1\r\nx\r\nEND\r\n")));
  server_->swap_output(warm);
  EXPECT_EQ(warm.data(), memory);
  EXPECT_TRUE(server_->output().empty());
  ASSERT_TRUE(client_->feed(warm));
  EXPECT_EQ(read_plaintext(*client_), "VALUE a 0 1\r\nx\r\nEND\r\n");
}

TEST_F(TlsStreamTest, GivesWhatCameBehindTheHandshakeWithoutAnotherFeed) {
  ASSERT_TRUE(pass(*client_, *server_));
  ASSERT_TRUE(pass(*server_, *client_));
  ASSERT_EQ(client_->handshake(), TlsHandshake::done);
  ASSERT_TRUE(client_->write(bytes_of("version\r\n")));
  ASSERT_TRUE(pass(*client_, *server_));
  EXPECT_EQ(server_->handshake(), TlsHandshake::done);
  EXPECT_EQ(read_plaintext(*server_), "version\r\n");
}

TEST_F(TlsStreamTest, WritesNothingBeforeTheHandshakeIsDone) {
  EXPECT_EQ(server_->write(bytes_of("x")).value_or(9), 0u);
  std::byte room[8];
  EXPECT_EQ(server_->read(room).value_or(9), 0u);
  EXPECT_TRUE(server_->output().empty());
}

TEST_F(TlsStreamTest, TellsThePeersEndFromAPauseAndStillSends) {
  ASSERT_TRUE(shake_hands(*client_, *server_).is_good());
  ASSERT_TRUE(client_->write(bytes_of("get a\r\n")));
  EXPECT_FALSE(server_->is_peer_done());
  client_->close();
  EXPECT_FALSE(client_->write(bytes_of("late")));
  ASSERT_TRUE(pass(*client_, *server_));
  EXPECT_EQ(read_plaintext(*server_), "get a\r\n");
  EXPECT_TRUE(server_->is_peer_done());
  ASSERT_TRUE(server_->write(bytes_of("END\r\n")));
  ASSERT_TRUE(pass(*server_, *client_));
  EXPECT_EQ(read_plaintext(*client_), "END\r\n");
}

TEST_F(TlsStreamTest, ReadsTheServerNameThatTheClientAskedFor) {
  auto client = connect_stream(client_context_, "localhost");
  ASSERT_TRUE(shake_hands(*client, *server_).is_good());
  EXPECT_EQ(server_->server_name(), "localhost");
  auto by_address = connect_stream(client_context_, "127.0.0.1");
  auto server = accept_stream(store_->current());
  ASSERT_TRUE(shake_hands(*by_address, *server).is_good());
  EXPECT_EQ(server->server_name(), "");
}

TEST_F(TlsStreamTest, ClientRefusesAServerOfAnotherNameOrCa) {
  auto elsewhere = connect_stream(client_context_, "elsewhere.example");
  Verdict wrong_name = shake_hands(*elsewhere, *server_);
  ASSERT_FALSE(wrong_name.client);
  EXPECT_NE(wrong_name.client.error().detail.find("ostname mismatch"), std::string::npos)
      << wrong_name.client.error().detail;

  open_store({.directory = directory_ / "other"});
  auto stranger = connect_stream(client_context(directory_ / "other" / "ca.pem"));
  auto server = accept_stream(store_->current());
  Verdict wrong_ca = shake_hands(*stranger, *server);
  ASSERT_FALSE(wrong_ca.client);
  EXPECT_NE(wrong_ca.client.error().detail.find("self-signed certificate in certificate chain"),
            std::string::npos)
      << wrong_ca.client.error().detail;
  ASSERT_FALSE(wrong_ca.server);
  EXPECT_NE(wrong_ca.server.error().detail.find("unknown ca"), std::string::npos)
      << wrong_ca.server.error().detail;
}

TEST_F(TlsStreamTest, ClientRefusesAnExpiredCertificate) {
  auto store = open_store({.directory = directory_ / "stale"}, days_from(present(), -200));
  auto client = connect_stream(client_context(directory_ / "stale" / "ca.pem"));
  Verdict verdict = shake_hands(*client, *accept_stream(store->current()));
  ASSERT_FALSE(verdict.client);
  EXPECT_NE(verdict.client.error().detail.find("expired"), std::string::npos);
  EXPECT_FALSE(verdict.server);
}

TEST_F(TlsStreamTest, SaysThatGarbageIsNoTlsAndKeepsSayingIt) {
  for (std::string_view garbage :
       {std::string_view("get key_that_is_plain\r\n"), std::string_view("GET / HTTP/1.1\r\n\r\n"),
        std::string_view("\x80\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", 12)}) {
    auto server = accept_stream(store_->current());
    Status fed = server->feed(bytes_of(garbage));
    ASSERT_FALSE(fed) << garbage;
    EXPECT_EQ(fed.error().fault, Fault::invalid);
    EXPECT_NE(fed.error().detail.find("TLS handshake: "), std::string::npos);
    EXPECT_EQ(server->handshake(), TlsHandshake::failed);
    Status again = server->feed(bytes_of("x"));
    ASSERT_FALSE(again);
    EXPECT_EQ(again.error().detail, fed.error().detail);
    std::byte room[8];
    EXPECT_FALSE(server->read(room));
    EXPECT_FALSE(server->write(bytes_of("x")));
  }
}

TEST_F(TlsStreamTest, FailsOnACiphertextThatWasTamperedWithAfterGivingWhatCameBefore) {
  ASSERT_TRUE(shake_hands(*client_, *server_).is_good());
  ASSERT_TRUE(client_->write(bytes_of("good")));
  size_t first = client_->output().size();
  ASSERT_TRUE(client_->write(bytes_of("evil")));
  std::vector<std::byte> bytes;
  client_->swap_output(bytes);
  bytes[first + 8] ^= std::byte{1};
  ASSERT_TRUE(server_->feed(bytes));
  std::byte room[64];
  EXPECT_EQ(server_->read(room).value_or(0), 4u);
  Result<size_t> failed = server_->read(room);
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().detail.find("bad record mac"), std::string::npos)
      << failed.error().detail;
  EXPECT_FALSE(server_->output().empty()) << "no alert to send";
}

TEST_F(TlsStreamTest, CutsOffAPeerThatMakesItAnswerAndReadsNothing) {
  only_version(client_context_, TLS1_3_VERSION);
  OwnedSsl ssl(SSL_new(client_context_.get()));
  BIO* to_server = BIO_new(BIO_s_mem());
  BIO* to_client = BIO_new(BIO_s_mem());
  BIO_set_mem_eof_return(to_client, -1);
  SSL_set_bio(ssl.get(), to_client, to_server);
  Status fed;
  auto deliver = [&] {
    char* sent = nullptr;
    long bytes = BIO_get_mem_data(to_server, &sent);
    fed = server_->feed(bytes_of({sent, static_cast<size_t>(bytes)}));
    std::byte room[64];
    Result<size_t> got = fed ? server_->read(room) : Result<size_t>(0);
    if (!got) fed = std::unexpected(got.error());
    ASSERT_EQ(BIO_reset(to_server), 1);
  };
  SSL_connect(ssl.get());
  deliver();
  BIO_write(to_client, server_->output().data(), static_cast<int>(server_->output().size()));
  server_->consume_output(server_->output().size());
  ASSERT_EQ(SSL_connect(ssl.get()), 1);
  deliver();
  size_t updates = 0;
  for (; fed && updates < 100'000; ++updates) {
    SSL_key_update(ssl.get(), SSL_KEY_UPDATE_REQUESTED);
    SSL_do_handshake(ssl.get());
    deliver();
    ASSERT_LE(server_->output().size(), kTlsOutputBytesCutOff);
  }
  ASSERT_FALSE(fed);
  EXPECT_NE(fed.error().detail.find("the peer does not read"), std::string::npos)
      << fed.error().detail << " after " << updates;
}

TEST_F(TlsStreamTest, CostsLittleWhileIdle) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer's allocator does not count what malloc does";
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  GTEST_SKIP() << "a sanitizer's allocator does not count what malloc does";
#endif
#endif
  constexpr size_t kStreams = 200;
  std::vector<std::unique_ptr<TlsStream>> streams;
  size_t held = 0;
  for (size_t i = 0; i < kStreams; ++i) {
    auto client = connect_stream(client_context_);
    size_t before = mallinfo2().uordblks;
    auto server = accept_stream(store_->current());
    size_t fresh = mallinfo2().uordblks - before;
    ASSERT_TRUE(shake_hands(*client, *server).is_good());
    expect_conversation(*client, *server);
    client.reset();
    before = mallinfo2().uordblks;
    server.reset();
    held += before - mallinfo2().uordblks;
    if (i == 0) std::printf("before its handshake: %zu bytes\n", fresh);
  }
  std::printf("idle: %zu bytes a stream\n", held / kStreams);
  EXPECT_LT(held / kStreams, 16'384u);
}

}  // namespace
}  // namespace cachery::net
