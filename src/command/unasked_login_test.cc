// A login on a connection that nobody logged in: one that its port or its TLS name gave to a
// credential. Who sends a password may not know where the connection leads, so that no password and
// nothing behind a refused login may be kept there. Played to a session without its socket.
#include <gtest/gtest.h>

#include <string>

#include "base/clock.h"
#include "command/local_executor.h"
#include "serve/session.h"
#include "store/pool.h"
#include "tenant/digest.h"

namespace cachery::command {
namespace {

constexpr std::string_view kHostPassword = "A0000000000000000000000000000001";
constexpr std::string_view kGuestPassword = "B0000000000000000000000000000001";
constexpr std::string_view kRefused = "CLIENT_ERROR authentication failure\r\n";

tenant::Cache cache_of(tenant::CacheId id, std::string username, std::string_view password) {
  tenant::Cache cache;
  cache.id = id;
  cache.limits.memory_bytes = 8u << 20;
  tenant::Credential& credential = cache.credentials.emplace_back();
  credential.id = id;
  credential.username = std::move(username);
  credential.password_digest = tenant::digest_password(password);
  return cache;
}

std::string set_of(std::string_view key, std::string_view value) {
  return "set " + std::string(key) + " 0 0 " + std::to_string(value.size()) + "\r\n" +
         std::string(value) + "\r\n";
}

std::string packet(char opcode, std::string_view extras, std::string_view key,
                   std::string_view value) {
  std::string bytes(24, '\0');
  bytes[0] = '\x80';
  bytes[1] = opcode;
  bytes[3] = static_cast<char>(key.size());
  bytes[4] = static_cast<char>(extras.size());
  bytes[11] = static_cast<char>(extras.size() + key.size() + value.size());
  return bytes.append(extras).append(key).append(value);
}

std::string sasl_of(std::string_view username, std::string_view password) {
  const std::string zero(1, '\0');
  return packet('\x21', "", "PLAIN", zero + std::string(username) + zero + std::string(password));
}

const std::string kBinarySet = packet('\x01', std::string(8, '\0'), "secret", "v");

class UnaskedLoginTest : public testing::Test {
 protected:
  static constexpr tenant::CacheId kHost = 1;  // whose port or name it is
  static constexpr tenant::CacheId kGuest = 2;

  UnaskedLoginTest() {
    context_.table =
        tenant::TenantTable::build({.revision = 1,
                                    .caches = {cache_of(kHost, "a00001", kHostPassword),
                                               cache_of(kGuest, "b00001", kGuestPassword)}})
            .value();
    executor_.apply(context_.table);
    session_.admit_as(*context_.table->find_credential(kHost), clock_.now());
  }

  // All that is answered; `is_closed_` tells whether the connection goes on.
  std::string say(std::string bytes) {
    std::string replies;
    for (;;) {
      const net::InputResult result = session_.on_input(bytes, clock_.now());
      replies += session_.output();
      session_.output_taken();
      bytes.erase(0, result.consumed);
      is_closed_ = result.next == net::Next::close;
      if (result.next != net::Next::output_full && result.next != net::Next::wait) return replies;
      clock_.advance_seconds(1);
    }
  }
  // Of the first answer in the binary protocol, and of the one behind it.
  static uint16_t status_at(std::string_view replies, size_t at) {
    return static_cast<uint16_t>(static_cast<unsigned char>(replies.at(at + 6)) << 8 |
                                 static_cast<unsigned char>(replies.at(at + 7)));
  }
  static size_t packet_bytes(std::string_view replies) {
    return 24 + static_cast<unsigned char>(replies.at(11));
  }
  uint64_t items_of_host() {
    return executor_.find_used(kHost)->counters()[tenant::Counter::curr_items];
  }

  // On a connection of its own, with a request behind it.
  void expect_refused(const std::string& login) {
    serve::Session session(context_, "127.0.0.1");
    session.admit_as(*context_.table->find_credential(kHost), clock_.now());
    std::string bytes = login + "set secret 0 0 1\r\nv\r\n";
    net::InputResult result = session.on_input(bytes, clock_.now());
    while (result.next == net::Next::wait) {
      clock_.advance_seconds(1);
      result = session.on_input(bytes, clock_.now());
    }
    EXPECT_EQ(session.output(), kRefused) << login;
    EXPECT_EQ(result.next, net::Next::close) << login;
    session.output_taken();
  }

  FakeClock clock_;
  std::unique_ptr<store::Pool> pool_ = store::Pool::open(64u << 20).value();
  LocalExecutor executor_{*pool_, {.workers = 1, .item_bytes_max = 1u << 20}};
  serve::SessionSettings settings_;
  serve::SessionContext context_{executor_, settings_, 0};
  serve::Session session_{context_, "127.0.0.1"};
  bool is_closed_ = false;
};

TEST_F(UnaskedLoginTest, AnotherUsersPasswordIsRefusedAndNeverStored) {
  const std::string pair = "b00001 " + std::string(kGuestPassword);
  for (const std::string& login :
       {set_of("b00001", kGuestPassword), set_of("any", pair), set_of("B00001", kHostPassword),
        "ms b00001 32\r\n" + std::string(kGuestPassword) + "\r\n"}) {
    expect_refused(login);
  }
  EXPECT_EQ(items_of_host(), 0u);
}

TEST_F(UnaskedLoginTest, ItsOwnUsersPasswordSucceedsAndIsNotStored) {
  EXPECT_EQ(say(set_of("a00001", kHostPassword)), "STORED\r\n");
  EXPECT_FALSE(is_closed_);
  EXPECT_EQ(items_of_host(), 0u);
  EXPECT_EQ(say("get a00001\r\n" + set_of("k", "v") + "get k\r\n"),
            "END\r\nSTORED\r\nVALUE k 0 1\r\nv\r\nEND\r\n");
}

TEST_F(UnaskedLoginTest, ALoginBetweenOtherCommandsIsOneToo) {
  EXPECT_EQ(say(set_of("k", "v") + set_of("b00001", kGuestPassword) + set_of("l", "w")),
            "STORED\r\n" + std::string(kRefused));
  EXPECT_TRUE(is_closed_);
  EXPECT_EQ(items_of_host(), 1u);
}

TEST_F(UnaskedLoginTest, WhatIsNoLoginIsStored) {
  const std::string digest = "d41d8cd98f00b204e9800998ecf8427e";
  EXPECT_EQ(
      say(set_of("a1b2c3", digest) + set_of("page", kGuestPassword) + set_of("b00001", "short")),
      "STORED\r\nSTORED\r\nSTORED\r\n");
  EXPECT_EQ(items_of_host(), 3u);
  // Under a username that there is, but nobody's password.
  EXPECT_EQ(say(set_of("b00001", digest) + set_of("page2", "b00001 " + digest)),
            "STORED\r\nSTORED\r\n");
  EXPECT_EQ(items_of_host(), 4u);
}

TEST_F(UnaskedLoginTest, APasswordInLowerCaseOrBetweenBlanksIsRefusedAndNeverStored) {
  const std::string guest = "b0000000000000000000000000000001";
  const std::string host = "a0000000000000000000000000000001";
  for (const std::string& login :
       {set_of("b00001", guest), set_of("B00001", guest), set_of("any", "b00001 " + guest),
        set_of("b00001", std::string(kGuestPassword) + "\n"),
        set_of("b00001", " " + guest + "\r\n"),
        set_of("any", "b00001  " + std::string(kGuestPassword)), set_of("a00001", host),
        "ms b00001 32\r\n" + guest + "\r\n"}) {
    expect_refused(login);
  }
  EXPECT_EQ(items_of_host(), 0u);
}

TEST_F(UnaskedLoginTest, ARefusedSaslLoginEndsWhatThePortOrTheNameGave) {
  for (const auto& [username, password] :
       {std::pair("b00001", kGuestPassword), std::pair("b00001", kHostPassword)}) {
    serve::Session session(context_, "127.0.0.1");
    session.admit_as(*context_.table->find_credential(kHost), clock_.now());
    std::string bytes = sasl_of(username, password) + kBinarySet;
    const net::InputResult result = session.on_input(bytes, clock_.now());
    const std::string replies(session.output());
    session.output_taken();
    EXPECT_EQ(result.next, net::Next::go_on);
    EXPECT_EQ(status_at(replies, 0), 0x20);
    EXPECT_EQ(status_at(replies, packet_bytes(replies)), 0x20) << "the set behind it";
    EXPECT_FALSE(session.is_authenticated());
  }
  EXPECT_EQ(items_of_host(), 0u);
}

TEST_F(UnaskedLoginTest, AfterARefusedSaslLoginTheSameConnectionMayLogInAsAnybody) {
  const std::string refused = say(sasl_of("b00001", kGuestPassword));
  EXPECT_EQ(status_at(refused, 0), 0x20);
  const std::string replies = say(sasl_of("b00001", kGuestPassword) + kBinarySet);
  EXPECT_EQ(status_at(replies, 0), 0);
  EXPECT_EQ(status_at(replies, packet_bytes(replies)), 0);
  EXPECT_EQ(session_.credential(), kGuest);
  EXPECT_EQ(items_of_host(), 0u);
}

TEST_F(UnaskedLoginTest, ItsOwnUsersSaslLoginChangesNothing) {
  const std::string replies = say(sasl_of("a00001", kHostPassword) + kBinarySet);
  EXPECT_EQ(status_at(replies, 0), 0);
  EXPECT_EQ(status_at(replies, packet_bytes(replies)), 0);
  EXPECT_EQ(items_of_host(), 1u);
}

// Whoever sends it reads what its own command is answered with.
TEST_F(UnaskedLoginTest, AnswersInTheDialectAndAsOftenAsTheCommandThatItCameAs) {
  const std::string password(kHostPassword);
  const std::string set = packet('\x01', std::string(8, '\0'), "a00001", password);
  const std::string setq = packet('\x11', std::string(8, '\0'), "a00001", password);
  serve::Session binary(context_, "127.0.0.1");
  binary.admit_as(*context_.table->find_credential(kHost), clock_.now());
  std::string bytes = set + setq + packet('\x0a', "", "", "");
  binary.on_input(bytes, clock_.now());
  const std::string replies(binary.output());
  binary.output_taken();
  ASSERT_EQ(replies.size(), 48u);  // of set and noop
  EXPECT_EQ(replies.substr(0, 2), "\x81\x01");
  EXPECT_EQ(status_at(replies, 0), 0);
  EXPECT_EQ(replies.substr(24, 2), "\x81\x0a");

  const std::string noreply = "set a00001 0 0 32 noreply\r\n" + password + "\r\n";
  EXPECT_EQ(say(noreply + "mn\r\n"), "MN\r\n");
  EXPECT_EQ(say("ms a00001 32 q\r\n" + password + "\r\nmn\r\n"), "MN\r\n");
  EXPECT_EQ(say("ms a00001 32 O7 k\r\n" + password + "\r\n"), "HD O7 ka00001\r\n");
  EXPECT_EQ(items_of_host(), 0u);
}

TEST_F(UnaskedLoginTest, RefusesABinaryCommandInItsDialect) {
  const std::string set =
      packet('\x01', std::string(8, '\0'), "b00001", std::string(kGuestPassword));
  const std::string replies = say(set);
  ASSERT_GE(replies.size(), 24u);
  EXPECT_EQ(replies.substr(0, 2), "\x81\x01");
  EXPECT_EQ(status_at(replies, 0), 0x20);
  EXPECT_TRUE(is_closed_);
  EXPECT_EQ(items_of_host(), 0u);
}

// Somebody may have claimed the name by which another cache's clients come.
class NamedLoginTest : public UnaskedLoginTest {
 protected:
  // What a connection that came by the host's name is answered, and whose it is in the end.
  std::string say_by_name(std::string bytes) {
    serve::Session session(context_, "127.0.0.1");
    session.admit_as(*context_.table->find_credential(kHost), clock_.now(),
                     serve::Admitted::by_tls_name);
    std::string replies;
    net::InputResult result;
    do {
      result = session.on_input(bytes, clock_.now());
      replies += session.output();
      session.output_taken();
      bytes.erase(0, result.consumed);
      clock_.advance_seconds(1);
    } while (result.next == net::Next::wait || result.next == net::Next::output_full);
    credential_ = session.credential();
    return replies;
  }
  uint64_t items_of_guest() {
    return executor_.find_used(kGuest)->counters()[tenant::Counter::curr_items];
  }

  tenant::CredentialId credential_ = 0;
};

TEST_F(NamedLoginTest, ARightLoginOfAnotherCacheTakesTheConnectionOver) {
  const std::string pair = "b00001 " + std::string(kGuestPassword);
  uint64_t items = 0;
  for (const std::string& login : {set_of("b00001", kGuestPassword), set_of("any", pair),
                                   "ms b00001 32\r\n" + std::string(kGuestPassword) + "\r\n"}) {
    const std::string replies = say_by_name(login + set_of("k" + std::to_string(items), "v"));
    EXPECT_EQ(replies, login.starts_with("ms") ? "HD\r\nSTORED\r\n" : "STORED\r\nSTORED\r\n");
    EXPECT_EQ(credential_, kGuest);
    EXPECT_EQ(items_of_guest(), ++items);
  }
  EXPECT_EQ(items_of_host(), 0u);
}

TEST_F(NamedLoginTest, ARightSaslLoginOfAnotherCacheTakesTheConnectionOver) {
  const std::string replies = say_by_name(sasl_of("b00001", kGuestPassword) + kBinarySet);
  EXPECT_EQ(status_at(replies, 0), 0);
  EXPECT_EQ(status_at(replies, packet_bytes(replies)), 0);
  EXPECT_EQ(credential_, kGuest);
  EXPECT_EQ(items_of_guest(), 1u);
  EXPECT_EQ(items_of_host(), 0u);
}

TEST_F(NamedLoginTest, AfterALoginTheConnectionChangesItsUserNoMore) {
  for (const auto& [first, second] :
       {std::pair(set_of("a00001", kHostPassword), set_of("b00001", kGuestPassword)),
        std::pair(set_of("b00001", kGuestPassword), set_of("a00001", kHostPassword))}) {
    say_by_name(first);
    const tenant::CredentialId before = credential_;
    say_by_name(first + second);
    EXPECT_EQ(credential_, before);
  }
}

TEST_F(NamedLoginTest, AWrongPasswordIsRefusedAsEver) {
  EXPECT_EQ(say_by_name(set_of("b00001", kHostPassword) + set_of("k", "v")), kRefused);
  EXPECT_EQ(items_of_host(), 0u);
}

TEST_F(NamedLoginTest, ACacheThatIsFullKeepsNobodyElsesLoginOut) {
  tenant::Cache full = cache_of(kHost, "a00001", kHostPassword);
  full.is_enabled = false;
  context_.table =
      tenant::TenantTable::build(
          {.revision = 2, .caches = {full, cache_of(kGuest, "b00001", kGuestPassword)}})
          .value();
  EXPECT_EQ(say_by_name(set_of("b00001", kGuestPassword) + set_of("k", "v")),
            "STORED\r\nSTORED\r\n");
  EXPECT_EQ(credential_, kGuest);
  EXPECT_EQ(say_by_name("get k\r\n"), "SERVER_ERROR too many connections\r\n");
}

}  // namespace
}  // namespace cachery::command
