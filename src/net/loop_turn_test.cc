// Who is served when in a turn of the loop: who sends much after all others, and each in its turn.
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <latch>
#include <string>
#include <utility>
#include <vector>

#include "net/loop.h"
#include "net/loop_test_handler.h"
#include "net/loop_test_peer.h"
#include "net/tls_test_peer.h"

namespace cachery::net {
namespace {

using namespace test;

constexpr size_t kMessageBytes = 20'000;
constexpr size_t kAnswerBytes = 60'000;
constexpr size_t kPatternBytes = 100'000;

// No two turns at one time.
class TickingClock final : public Clock {
 public:
  Now now() const override {
    const uint64_t ns = ns_.fetch_add(1000);
    return {.unix_seconds = 1'700'000'000, .steady_ns = ns};
  }

 private:
  mutable std::atomic<uint64_t> ns_ = 5'000'000'000;
};

// What the handlers of one test share. The loop's thread writes it, the test reads what it has been
// answered for.
struct Turns {
  std::string served;  // a letter for each message
  bool is_one_a_turn = false;
  uint64_t last_served_ns = 0;
  size_t step_bytes = SIZE_MAX;
  size_t times_taken = 0;
};

// A message is as many bytes as the first says, and is answered by its second one, many times if
// the first is an R; a P by a pattern. One is answered at a time; who has more waits for the next
// turn.
class MessageHandler final : public Handler {
 public:
  explicit MessageHandler(Turns& turns) : turns_(turns) {}

  InputResult on_input(std::span<char> input, const Now& now) override {
    if (input.size() < 2) return {.bytes_wanted = 2};
    const size_t bytes = input[0] == 'S' || input[0] == 'P' ? 2 : kMessageBytes;
    if (input.size() < bytes) return {.bytes_wanted = bytes};
    turns_.served += input[1];
    turns_.last_served_ns = now.steady_ns;
    if (input[0] == 'P') append_pattern(output_, kPatternBytes);
    output_.append(input[0] == 'R' ? kAnswerBytes : 1, input[1]);
    const bool has_more = input.size() > bytes;
    return {.next = has_more ? Next::wait : Next::go_on,
            .consumed = bytes,
            .wait_until_ns = now.steady_ns};
  }
  size_t share_left(const Now& now) override {
    const bool is_over = turns_.is_one_a_turn && now.steady_ns == turns_.last_served_ns;
    return is_over ? 0 : turns_.step_bytes;
  }
  void have_taken(uint64_t ns, const Now&) override { turns_.times_taken += ns > 0 ? 1 : 0; }
  std::string_view output() const override { return output_; }
  void output_taken() override { output_.clear(); }

 private:
  Turns& turns_;
  std::string output_;
};

std::string long_message(char name, char kind = 'L') {
  std::string message(kMessageBytes, '.');
  message[0] = kind;
  message[1] = name;
  return message;
}

class LoopTurnTest : public LoopFixture<TickingClock> {
 protected:
  // `send_buffer_bytes`: of the loop's end; 0: the system's own.
  Client connect(int send_buffer_bytes = 0) {
    const SocketPair pair = loopback_.connect();
    if (send_buffer_bytes > 0) {
      setsockopt(pair.server, SOL_SOCKET, SO_SNDBUF, &send_buffer_bytes, sizeof send_buffer_bytes);
    }
    loop_->call([&](Loop& loop) {
      loop.add(OwnedSocket(pair.server), std::make_unique<MessageHandler>(turns_), nullptr);
    });
    return Client(pair.client);
  }
  // One that the loop knows to send much.
  Client connect_bulky() {
    Client client = connect();
    for (int i = 0; i < 8; ++i) {
      EXPECT_TRUE(client.send(long_message('-')));
      EXPECT_EQ(client.read(1), "-");
    }
    return client;
  }
  // Sends while the loop cannot look, so that it finds all of it in one turn.
  template <typename Send>
  void send_together(Send send) {
    // Owned by both: the loop may still be at it when this has gone on.
    const auto is_held = std::make_shared<std::latch>(1);
    const auto is_sent = std::make_shared<std::latch>(1);
    loop_->loop().post([is_held, is_sent] {
      is_held->count_down();
      is_sent->wait();
    });
    is_held->wait();
    send();
    is_sent->count_down();
  }

  // Until no turn of the loop brings the client, which does not read, more.
  void wait_until_full(const Client& client) {
    int before = 0;
    for (int turns_without = 0; turns_without < 3000; ++turns_without) {
      loop_->call([](Loop&) {});
      int bytes = 0;
      ioctl(client.fd(), FIONREAD, &bytes);
      if (std::exchange(before, bytes) != bytes || bytes == 0) turns_without = 0;
    }
  }

  Loopback loopback_;
  Turns turns_;
};

INSTANTIATE_TEST_SUITE_P(Pollers, LoopTurnTest,
                         testing::Values(PollerKind::io_uring, PollerKind::epoll), name_of);

TEST_P(LoopTurnTest, ServesWhoSendsMuchAfterTheOthers) {
  Client bulky = connect_bulky();
  Client polite = connect();
  EXPECT_TRUE(polite.send("Sp"));
  EXPECT_EQ(polite.read(1), "p");
  loop_->call([&](Loop&) { turns_.served.clear(); });
  send_together([&] {
    EXPECT_TRUE(bulky.send(long_message('a')));
    EXPECT_TRUE(polite.send("Sp"));
  });
  EXPECT_EQ(bulky.read(1), "a");
  EXPECT_EQ(polite.read(1), "p");
  loop_->call([&](Loop&) { EXPECT_EQ(turns_.served, "pa"); });
}

TEST_P(LoopTurnTest, ServesThoseThatShareATurnOneAfterTheOther) {
  Client first = connect_bulky();
  Client second = connect_bulky();
  loop_->call([&](Loop&) {
    turns_.served.clear();
    turns_.is_one_a_turn = true;
  });
  send_together([&] {
    EXPECT_TRUE(first.send(long_message('a') + long_message('a') + long_message('a')));
    EXPECT_TRUE(second.send(long_message('b') + long_message('b') + long_message('b')));
  });
  EXPECT_EQ(first.read(3), "aaa");
  EXPECT_EQ(second.read(3), "bbb");
  loop_->call([&](Loop&) {
    EXPECT_TRUE(turns_.served == "ababab" || turns_.served == "bababa") << turns_.served;
  });
}

// A piece a turn, so that others are served between them.
TEST_P(LoopTurnTest, MovesNoMoreThanItsShareAtATime) {
  Client bulky = connect_bulky();
  constexpr size_t kPieceBytes = 4000;
  loop_->call([&](Loop&) {
    turns_.step_bytes = kPieceBytes;
    turns_.times_taken = 0;
  });
  send_together([&] { EXPECT_TRUE(bulky.send(long_message('a', 'R'))); });
  EXPECT_EQ(bulky.read(kAnswerBytes), std::string(kAnswerBytes, 'a'));
  // The end of the answer is short enough to go at once.
  constexpr size_t kPieces = (kMessageBytes + kAnswerBytes - 20'000) / kPieceBytes;
  loop_->call([&](Loop&) { EXPECT_GE(turns_.times_taken, kPieces); });
  loop_->call([&](Loop&) { turns_.step_bytes = SIZE_MAX; });
  EXPECT_TRUE(bulky.send(long_message('b')));
  EXPECT_EQ(bulky.read(1), "b");
}

// Each piece in its place, whatever of it the kernel takes at once.
TEST_P(LoopTurnTest, SendsThePiecesOfAnAnswerInTheirOrder) {
  constexpr size_t kAnswers = 50;
  std::string pattern;
  append_pattern(pattern, kPatternBytes);
  for (const int send_buffer_bytes : {40'000, 65'536, 130'000}) {
    for (const size_t step_bytes : {size_t{4000}, size_t{64} << 10}) {
      Client client = connect(send_buffer_bytes);
      loop_->call([&](Loop&) { turns_.step_bytes = step_bytes; });
      std::string asked;
      for (size_t i = 0; i < kAnswers; ++i) asked += "Pp";
      EXPECT_TRUE(client.send(asked));
      wait_until_full(client);  // so that the kernel does not take a piece whole
      for (size_t i = 0; i < kAnswers; ++i) {
        ASSERT_TRUE(client.read(pattern.size() + 1) == pattern + "p") << i;
      }
    }
  }
}

}  // namespace
}  // namespace cachery::net
