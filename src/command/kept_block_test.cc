// A long value whose block the cache keeps, as a session hands it on: what is answered about it is
// as if it had been copied, and the node's connections cannot hold more than a share of the pool.
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "command/local_executor.h"
#include "net/waiting_bytes.h"
#include "protocol/wire.h"
#include "serve/session.h"

namespace cachery::command {
namespace {

constexpr uint64_t kPoolBytes = 64u << 20;
constexpr uint64_t kLentBytes = 4u << 20;
constexpr size_t kLongBytes = 200'000;

class KeptBlockTest : public testing::Test {
 protected:
  KeptBlockTest() {
    tenant::Snapshot snapshot{.revision = 1, .caches = {}};
    tenant::Cache& cache = snapshot.caches.emplace_back();
    cache.id = 1;
    cache.limits.memory_bytes = 8u << 20;
    for (const std::string prefix : {"", "team:"}) {
      tenant::Credential& credential = cache.credentials.emplace_back();
      credential.id = prefix.empty() ? 1 : 2;
      credential.username = "user" + std::to_string(credential.id);
      credential.password_digest = tenant::digest_password("a password");
      credential.key_prefix = prefix;
    }
    context_.table = tenant::TenantTable::build(std::move(snapshot)).value();
    executor_.apply(context_.table);
    plain_.admit_as(*context_.table->find_credential(1), now_);
    prefixed_.admit_as(*context_.table->find_credential(2), now_);
  }

  std::string say(serve::Session& session, std::string bytes) {
    ++now_.steady_ns;  // another turn
    EXPECT_EQ(session.on_input(bytes, now_).consumed, bytes.size());
    return take_output(session);
  }
  // In a block; whether that was taken is left in is_taken_.
  std::string say_in_block(serve::Session& session, std::string_view bytes) {
    ++now_.steady_ns;
    net::WaitingBytes waiting;
    waiting.begin_in(*executor_.block_source(), bytes.size());
    EXPECT_TRUE(waiting.is_from_source());
    waiting.append(bytes);
    OfferedBlock block = waiting.offered();
    EXPECT_EQ(session.on_input_in(block, waiting.bytes(), now_).consumed, bytes.size());
    is_taken_ = block.is_taken;
    if (is_taken_) waiting.forget();
    return take_output(session);
  }
  static std::string take_output(serve::Session& session) {
    std::string text(session.output());
    session.output_taken();
    return text;
  }

  Now now_{.unix_seconds = 1'700'000'000, .steady_ns = 1};
  std::unique_ptr<store::Pool> pool_ = store::Pool::open(kPoolBytes, kLentBytes).value();
  LocalExecutor executor_{*pool_, {.workers = 1, .item_bytes_max = 1u << 20}};
  serve::SessionSettings settings_;
  serve::SessionContext context_{executor_, settings_, 0};
  serve::Session plain_{context_, "192.0.2.1"};
  serve::Session prefixed_{context_, "192.0.2.2"};
  const std::string value_ = std::string(kLongBytes, 'v');
  bool is_taken_ = false;
};

// A tenant that sends slowly on many connections leaves blocks to the others.
TEST_F(KeptBlockTest, NoCacheHoldsAllBlocks) {
  tenant::Snapshot snapshot{.revision = 2, .caches = {context_.table->snapshot().caches[0]}};
  tenant::Cache& other = snapshot.caches.emplace_back(snapshot.caches[0]);
  other.id = 2;
  other.credentials.resize(1);
  other.credentials[0].id = 3;
  other.credentials[0].username = "user3";
  const auto old = std::exchange(context_.table, tenant::TenantTable::build(snapshot).value());
  ASSERT_TRUE(plain_.on_new_table() && prefixed_.on_new_table());
  executor_.apply(context_.table);

  struct Slow {
    std::unique_ptr<serve::Session> session;
    net::WaitingBytes block;
  };
  std::string start = "set key 7 0 " + std::to_string(kLongBytes) + "\r\nthe first bytes";
  std::vector<Slow> crowd;
  const auto is_given_block = [&](tenant::CredentialId credential) {
    ++now_.steady_ns;
    Slow& slow = crowd.emplace_back();
    slow.session = std::make_unique<serve::Session>(context_, "192.0.2.3");
    slow.session->admit_as(*context_.table->find_credential(credential), now_);
    const net::InputResult result = slow.session->on_input(start, now_);
    if (!result.wants_block) return false;
    slow.block.begin_in(*executor_.block_source(), result.bytes_wanted);
    EXPECT_TRUE(slow.block.is_from_source());
    slow.session->hold_block(slow.block.capacity());
    return true;
  };
  size_t blocks = 0;
  while (is_given_block(1)) ++blocks;
  EXPECT_GE(blocks * kLongBytes, kLentBytes / 2) << "alone, it has most of them";
  EXPECT_TRUE(is_given_block(3));
  EXPECT_FALSE(is_given_block(1));
  for (Slow& slow : crowd) {
    slow.block.clear();
    slow.session->hold_block(0);
  }
  EXPECT_TRUE(is_given_block(1));
}

TEST_F(KeptBlockTest, ASetIsKeptWhereItWasReceived) {
  const std::string length = std::to_string(kLongBytes);
  EXPECT_EQ(say_in_block(plain_, "set key 7 0 " + length + "\r\n" + value_ + "\r\n"), "STORED\r\n");
  EXPECT_TRUE(is_taken_);
  EXPECT_TRUE(say(plain_, "get key\r\n") ==
              "VALUE key 7 " + length + "\r\n" + value_ + "\r\nEND\r\n");
}

TEST_F(KeptBlockTest, AMetaSetSaysWhatItWasAsked) {
  const std::string key = "YSBrZXkgdGhhdCBpcyBsb25n";
  const std::string flags = " b F5 k Oopaque s";
  const std::string length = std::to_string(kLongBytes);
  EXPECT_EQ(say_in_block(plain_, "ms " + key + " " + length + flags + "\r\n" + value_ + "\r\n"),
            "HD k" + key + " b Oopaque s" + length + "\r\n");
  EXPECT_TRUE(is_taken_);
  EXPECT_TRUE(say(plain_, "mg " + key + " b f k v\r\n") ==
              "VA " + length + " f5 k" + key + " b\r\n" + value_ + "\r\n");
}

TEST_F(KeptBlockTest, AKeyUnderAPrefixIsKeptWithIt) {
  const std::string length = std::to_string(kLongBytes);
  EXPECT_EQ(say_in_block(prefixed_, "ms key " + length + " k\r\n" + value_ + "\r\n"),
            "HD kkey\r\n");
  EXPECT_TRUE(is_taken_);
  EXPECT_EQ(say(prefixed_, "mg key s k\r\n"), "HD s" + length + " kkey\r\n");
  EXPECT_EQ(say(plain_, "mg team:key s k\r\n"), "HD s" + length + " kteam:key\r\n");
}

TEST_F(KeptBlockTest, ABinarySetIsKeptAndEchoesItsOpaque) {
  using namespace protocol::wire;
  std::string header(kHeaderBytes, '\0');
  header[0] = static_cast<char>(kRequestMagic);
  header[1] = static_cast<char>(op_set);
  header[3] = 3;  // of the key
  header[4] = 8;  // of the extras
  store32(header.data() + 8, 8 + 3 + kLongBytes);
  header[15] = 42;  // of the opaque
  const std::string reply = say_in_block(plain_, header + std::string(8, '\0') + "key" + value_);
  EXPECT_TRUE(is_taken_);
  ASSERT_EQ(reply.size(), kHeaderBytes);
  EXPECT_EQ(reply.substr(6, 2), std::string(2, '\0')) << "its status";
  EXPECT_EQ(reply[15], 42);
  serve::Session other{context_, "192.0.2.1"};
  other.admit_as(*context_.table->find_credential(1), now_);
  EXPECT_EQ(say(other, "mg key s\r\n"), "HD s" + std::to_string(kLongBytes) + "\r\n");
}

TEST_F(KeptBlockTest, WhatIsNotStoredAsItCameLeavesTheBlock) {
  const std::string length = std::to_string(kLongBytes);
  const std::string body = " key 0 0 " + length + "\r\n" + value_ + "\r\n";
  EXPECT_EQ(say_in_block(plain_, "replace" + body), "NOT_STORED\r\n");
  EXPECT_FALSE(is_taken_);
  ASSERT_EQ(say_in_block(plain_, "add" + body), "STORED\r\n");
  EXPECT_TRUE(is_taken_);
  EXPECT_EQ(say_in_block(plain_, "append" + body), "STORED\r\n") << "made of two values";
  EXPECT_FALSE(is_taken_);
  EXPECT_EQ(say(plain_, "mg key s\r\n"), "HD s" + std::to_string(2 * kLongBytes) + "\r\n");
  EXPECT_EQ(say_in_block(plain_, "set" + body + "get other\r\n"), "STORED\r\nEND\r\n")
      << "something follows it";
  EXPECT_FALSE(is_taken_);
}

TEST_F(KeptBlockTest, ALongValueWantsABlockAndAShortOneDoesNot) {
  for (const auto& [bytes, wants_block] : {std::pair(200'000, true), std::pair(30'000, false)}) {
    ++now_.steady_ns;
    std::string line = "set key 0 0 " + std::to_string(bytes) + "\r\nthe beginning";
    const net::InputResult result = plain_.on_input(line, now_);
    EXPECT_GT(result.bytes_wanted, static_cast<size_t>(bytes));
    EXPECT_EQ(result.wants_block, wants_block) << bytes;
  }
}

}  // namespace
}  // namespace cachery::command
