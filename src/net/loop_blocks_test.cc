// Long requests in blocks that are taken from under the loop: nothing of them is read again,
// nothing that follows them is lost, and no block is held longer than it is needed.
#include <algorithm>
#include <string>
#include <vector>

#include "net/loop.h"
#include "net/loop_test_lines.h"

namespace cachery::net {
namespace {

using namespace test;

constexpr size_t kLong = 300'000;
constexpr size_t kShort = 5000;

class LoopBlocksTest : public LineLoopFixture {
 protected:
  void SetUp() override {
    LoopFixture::SetUp();
    if (!IsSkipped()) loop_->call([this](Loop& loop) { loop.set_block_source(&blocks_); });
  }
  void TearDown() override {
    LoopFixture::TearDown();
    EXPECT_EQ(blocks_.held_bytes(), 0u);
  }
};

INSTANTIATE_TEST_SUITE_P(Pollers, LoopBlocksTest,
                         testing::Values(PollerKind::io_uring, PollerKind::epoll), name_of);

struct Bulk {
  std::string request;
  std::string answer;
};

// Of different bytes for each `start`.
Bulk bulk_of(size_t bytes, size_t start = 0) {
  std::string text;
  append_pattern(text, bytes + start);
  text = text.substr(start, bytes);
  return {"bulk " + std::to_string(bytes) + "\n" + text, sum_of(text) + "\n"};
}

TEST_P(LoopBlocksTest, ALongRequestIsTakenWithItsBlock) {
  Client client = connect();
  for (size_t i = 0; i < 20; ++i) {
    const Bulk bulk = bulk_of(kLong + i * 1000, i);
    ASSERT_EQ(client.ask(bulk.request), bulk.answer) << i;
  }
  EXPECT_GE(blocks_.taken(), 19u) << "the first may have come with other bytes";
  EXPECT_EQ(client.ask("echo still here\n"), "still here\n");
}

TEST_P(LoopBlocksTest, WhatIsSentTogetherIsAnsweredInItsOrder) {
  Client client = connect();
  std::string requests;
  std::string answers;
  for (size_t i = 0; i < 12; ++i) {
    for (const Bulk& bulk : {bulk_of(kLong + i, i), bulk_of(kShort + i, i)}) {
      requests += bulk.request + "echo between\n";
      answers += bulk.answer + "between\n";
    }
  }
  std::thread sender([&] { EXPECT_TRUE(client.send(requests)); });
  EXPECT_EQ(client.read(answers.size()), answers);
  sender.join();
  EXPECT_GT(blocks_.taken(), 0u);
}

TEST_P(LoopBlocksTest, PiecesComeTogetherInTheBlock) {
  Client client = connect();
  for (size_t i = 0; i < 3; ++i) {
    const Bulk bulk = bulk_of(kLong, i);
    for (size_t at = 0; at < bulk.request.size(); at += 7000) {
      ASSERT_TRUE(client.send(std::string_view(bulk.request).substr(at, 7000)));
      turn();
    }
    EXPECT_EQ(client.read_line(), bulk.answer);
  }
  EXPECT_GT(blocks_.taken(), 0u);
}

TEST_P(LoopBlocksTest, WithoutABlockItIsAnsweredAllTheSame) {
  Client client = connect();
  const Bulk bulk = bulk_of(kLong);
  EXPECT_EQ(client.ask(bulk.request), bulk.answer);
  blocks_.refuses = true;
  const size_t taken = blocks_.taken();
  for (size_t i = 0; i < 5; ++i) ASSERT_EQ(client.ask(bulk.request), bulk.answer);
  EXPECT_EQ(blocks_.taken(), taken);
}

TEST_P(LoopBlocksTest, WhoLeavesInTheMiddleHoldsNoBlock) {
  std::vector<Client> clients;
  const std::string part = bulk_of(kLong).request.substr(0, kLong / 2);
  for (int i = 0; i < 4; ++i) {
    clients.push_back(connect());
    ASSERT_TRUE(clients.back().send(part));
  }
  ASSERT_TRUE(eventually([&] { return blocks_.held_bytes() > 4 * kLong; }));
  for (Client& client : clients) client.reset();
  EXPECT_TRUE(eventually([&] { return blocks_.held_bytes() == 0 && alive_.load() == 0; }));
  EXPECT_EQ(blocks_.taken(), 0u);
}

TEST_P(LoopBlocksTest, WhoWaitsInABlockIsAnsweredAfterIt) {
  Client client = connect();
  const Bulk bulk = bulk_of(kLong);
  ASSERT_EQ(client.ask(bulk.request), bulk.answer);
  ASSERT_TRUE(client.send("wait 20\n" + bulk.request));
  ASSERT_TRUE(eventually([&] {
    clock_.advance_ms(5);
    turn();
    return blocks_.taken() > 1;
  }));
  EXPECT_EQ(client.read_line(), "waited\n");
  EXPECT_EQ(client.read_line(), bulk.answer);
}

TEST_P(LoopBlocksTest, ThatLongRequestsComeIsSupposedUntilAnotherComes) {
  Client client = connect();
  const auto comes_in_blocks = [&] {
    bool comes = false;
    loop_->call([&](Loop& loop) { comes = loop.connections().front()->comes_in_blocks; });
    return comes;
  };
  for (size_t i = 0; i < 8; ++i) {
    const Bulk bulk = bulk_of(kLong, i);
    ASSERT_EQ(client.ask(bulk.request), bulk.answer);
  }
  EXPECT_TRUE(comes_in_blocks());
  ASSERT_EQ(client.ask("echo short\n"), "short\n");
  EXPECT_FALSE(comes_in_blocks());
}

}  // namespace
}  // namespace cachery::net
