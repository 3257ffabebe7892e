#include "net/loop.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "net/loop_test_lines.h"

namespace cachery::net {
namespace {

using namespace test;

class LoopTest : public LineLoopFixture {
 protected:
  // With small buffers on both sides, so that a reply soon falls short. The kernel's least would
  // make it probe a full window by a timer, which takes minutes.
  Client connect_narrow() {
    const SocketPair pair = loopback_.connect();
    const int bytes = 32 << 10;
    setsockopt(pair.client, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    setsockopt(pair.server, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    add(pair.server);
    return Client(pair.client);
  }
  void advance_ms(uint64_t ms) {
    clock_.advance_ms(ms);
    turn();
  }
  bool is_empty_at_last() {
    return eventually([&] { return loop_->connections() == 0 && alive_.load() == 0; });
  }
};

INSTANTIATE_TEST_SUITE_P(Pollers, LoopTest,
                         testing::Values(PollerKind::io_uring, PollerKind::epoll), name_of);

std::string pattern(size_t bytes) {
  std::string text;
  append_pattern(text, bytes);
  return text;
}

// Megabytes are not printed.
void expect_same(std::string_view got, std::string_view expected) {
  const auto differs = std::ranges::mismatch(got, expected);
  EXPECT_TRUE(got == expected) << got.size() << " of " << expected.size()
                               << " bytes, right as far as " << differs.in1 - got.begin();
}

std::string bulk_request(size_t bytes) {
  const std::string value = pattern(bytes - 1);
  return "bulk " + std::to_string(bytes) + "\n" + value;
}

std::string repeat(std::string_view text, size_t times) {
  std::string all;
  for (size_t i = 0; i < times; ++i) all += text;
  return all;
}

TEST_P(LoopTest, AnswersARequest) {
  Client client = connect();
  EXPECT_EQ(client.ask("echo hello\n"), "hello\n");
  EXPECT_EQ(client.ask("echo again\n"), "again\n");
}

TEST_P(LoopTest, AnswersRequestsThatAreSplitAtEveryByte) {
  Client client = connect();
  const std::string requests = "echo one\nbulk 5\nab\ncdecho two\n";
  const std::string replies = "one\n" + sum_of("ab\ncd") + "\ntwo\n";
  for (size_t at = 1; at < requests.size(); ++at) {
    ASSERT_TRUE(client.send(std::string_view(requests).substr(0, at)));
    turn();
    ASSERT_TRUE(client.send(std::string_view(requests).substr(at)));
    ASSERT_EQ(client.read(replies.size()), replies) << "split at " << at;
  }
  for (const char byte : requests) {
    ASSERT_TRUE(client.send({&byte, 1}));
    turn();
  }
  EXPECT_EQ(client.read(replies.size()), replies);
}

TEST_P(LoopTest, ReceivesARequestLongerThanItsReadBuffer) {
  Client client = connect();
  for (const size_t bytes : {size_t{20'000}, size_t{300'000}, size_t{5'000'000}}) {
    const std::string request = bulk_request(bytes);
    ASSERT_TRUE(client.send(request + "echo behind\n"));
    EXPECT_EQ(client.read_line(),
              sum_of(std::string_view(request).substr(request.size() - bytes)) + "\n");
    EXPECT_EQ(client.read_line(), "behind\n");
  }
}

// Long pieces are read otherwise than short ones: what changes between them keeps its order.
TEST_P(LoopTest, AnswersWhoSendsMuchAndLittleInTurns) {
  Client client = connect();
  const auto expect_bulk = [&](size_t bytes) {
    const std::string request = bulk_request(bytes);
    ASSERT_TRUE(client.send(request + "echo behind\n"));
    ASSERT_EQ(client.read_line(),
              sum_of(std::string_view(request).substr(request.size() - bytes)) + "\n");
    ASSERT_EQ(client.read_line(), "behind\n");
  };
  for (int round = 0; round < 3; ++round) {
    for (const size_t bytes : {5'000u, 100'000u, 17'000u, 400'000u, 9'000u}) expect_bulk(bytes);
    for (int i = 0; i < 40; ++i) ASSERT_EQ(client.ask("echo little\n"), "little\n");
  }
}

TEST_P(LoopTest, AnswersLongRequestsSentBeforeThePeerStoppedSending) {
  Client client = connect();
  const std::string request = bulk_request(60'000);
  const std::string sum = sum_of(std::string_view(request).substr(request.size() - 60'000)) + "\n";
  ASSERT_TRUE(client.send(repeat(request, 20)));
  client.end_sending();
  expect_same(client.read_to_end(), repeat(sum, 20));
  EXPECT_TRUE(is_empty_at_last());
}

TEST_P(LoopTest, ReceivesLongRequestsOfManyConnectionsAtOnce) {
  std::vector<Client> clients;
  for (int i = 0; i < 16; ++i) clients.push_back(connect());
  const std::string request = bulk_request(700'000);
  const std::string sum = sum_of(std::string_view(request).substr(request.size() - 700'000)) + "\n";
  for (size_t at = 0; at < request.size(); at += 50'000) {
    for (Client& client : clients) {
      ASSERT_TRUE(client.send(std::string_view(request).substr(at, 50'000)));
    }
  }
  for (Client& client : clients) EXPECT_EQ(client.read_line(), sum);
}

TEST_P(LoopTest, SendsASlowReaderAllInOrderWhileOthersAreServed) {
  Client slow = connect_narrow();
  Client other = connect();
  constexpr size_t kReplies = 40;
  ASSERT_TRUE(slow.send(repeat("big 300000\necho mark\n", kReplies)));
  for (int i = 0; i < 50; ++i) ASSERT_EQ(other.ask("echo quick\n"), "quick\n");
  const std::string expected = repeat(pattern(300'000) + "mark\n", kReplies);
  expect_same(slow.read(expected.size()), expected);
  EXPECT_EQ(slow.ask("echo still here\n"), "still here\n");
}

// Replies of every length around what is gathered, to a reader that takes little at a time.
TEST_P(LoopTest, KeepsTheOrderOfRepliesOfEveryLength) {
  Client client = connect_narrow();
  std::string requests;
  std::string expected;
  for (size_t i = 0; i < 400; ++i) {
    const size_t bytes = (i * 7919) % 140'000;
    requests += "big " + std::to_string(bytes) + "\n";
    append_pattern(expected, bytes);
  }
  std::thread sender([&] { EXPECT_TRUE(client.send(requests)); });
  std::string got;
  while (got.size() < expected.size()) {
    const std::string more = client.read(std::min<size_t>(997, expected.size() - got.size()));
    if (more.empty()) break;
    got += more;
  }
  sender.join();
  expect_same(got, expected);
}

TEST_P(LoopTest, ResumesAHandlerThatWaitsAtItsTime) {
  Client client = connect();
  ASSERT_TRUE(client.send("echo before\nwait 1500\necho after\n"));
  EXPECT_EQ(client.read_line(), "before\n");
  ASSERT_TRUE(client.send("echo later\n"));
  advance_ms(1499);
  char byte = 0;
  EXPECT_EQ(recv(client.fd(), &byte, 1, MSG_DONTWAIT), -1) << "answered too early";
  advance_ms(1);
  EXPECT_EQ(client.read(19), "waited\nafter\nlater\n");
}

TEST_P(LoopTest, MayCloseAConnectionThatWaits) {
  Client client = connect();
  ASSERT_TRUE(client.send("echo before\nwait 1500\n"));
  EXPECT_EQ(client.read_line(), "before\n");
  loop_->call([](Loop& loop) { loop.close(*loop.connections().front()); });
  EXPECT_EQ(client.read_to_end(), "");
  advance_ms(2000);
  EXPECT_TRUE(is_empty_at_last());
}

TEST_P(LoopTest, SendsWhatWasComposedBeforeItCloses) {
  Client client = connect();
  ASSERT_TRUE(client.send("echo last words\nquit\n"));
  EXPECT_EQ(client.read_to_end(), "last words\nbye\n");
  EXPECT_EQ(client.ending(), Ending::closed);
  EXPECT_TRUE(is_empty_at_last());
}

TEST_P(LoopTest, SendsASlowReaderWhatWasComposedBeforeItCloses) {
  Client client = connect_narrow();
  ASSERT_TRUE(client.send("big 3000000\nquit\n"));
  turn();
  expect_same(client.read_to_end(), pattern(3'000'000) + "bye\n");
  EXPECT_TRUE(is_empty_at_last());
}

TEST_P(LoopTest, ForgetsAPeerThatClosesWithinARequest) {
  for (const std::string_view part :
       {"", "echo unfin", "bulk 100000\nshort", "wait 1000\necho x"}) {
    Client client = connect();
    ASSERT_TRUE(client.send(part));
    turn();
    client.close();
    advance_ms(1000);
    EXPECT_TRUE(is_empty_at_last()) << part;
  }
}

// The loop is told of a long request once much of it has come, or its peer has ended.
TEST_P(LoopTest, ForgetsAPeerThatEndsWithinALongRequest) {
  Client closing = connect();
  Client resetting = connect();
  const std::string request = bulk_request(900'000);
  for (const size_t at : {0u, 100'000u}) {
    ASSERT_TRUE(closing.send(std::string_view(request).substr(at, 100'000)));
    ASSERT_TRUE(resetting.send(std::string_view(request).substr(at, 100'000)));
    turn();
  }
  closing.close();
  resetting.reset();
  EXPECT_TRUE(is_empty_at_last());
}

TEST_P(LoopTest, AnswersShortRequestsBehindALongOneThatCameInPieces) {
  Client client = connect();
  const std::string request = bulk_request(90'000);
  const std::string sum = sum_of(std::string_view(request).substr(request.size() - 90'000)) + "\n";
  for (const size_t piece : {3'000u, 70'000u, 3'000u, 20'000u}) {
    for (size_t at = 0; at < request.size(); at += piece) {
      ASSERT_TRUE(client.send(std::string_view(request).substr(at, piece)));
      turn();
    }
    ASSERT_EQ(client.read_line(), sum) << piece;
    ASSERT_EQ(client.ask("echo short\n"), "short\n") << piece;
  }
}

// Whenever in it the loop ceases to expect much of its peer.
TEST_P(LoopTest, AnswersShortRequestsBehindARequestThatEndedInAShortPiece) {
  Client client = connect();
  const std::string much = bulk_request(60'000);
  const std::string some = bulk_request(5'500);
  const std::string sum = sum_of(std::string_view(some).substr(some.size() - 5'500)) + "\n";
  for (int between = 0; between < 20; ++between) {
    ASSERT_FALSE(client.ask(much).empty());
    for (int i = 0; i < between; ++i) ASSERT_EQ(client.ask("echo short\n"), "short\n");
    ASSERT_TRUE(client.send(std::string_view(some).substr(0, 3'500)));
    turn();
    ASSERT_EQ(client.ask(std::string_view(some).substr(3'500)), sum) << between;
    for (int i = 0; i < 3; ++i) ASSERT_EQ(client.ask("echo short\n"), "short\n") << between;
  }
}

TEST_P(LoopTest, ForgetsAPeerThatResets) {
  for (const std::string_view part : {"", "echo unfin", "bulk 100000\nshort", "big 9000000\n"}) {
    Client client = connect_narrow();
    ASSERT_TRUE(client.send(part));
    turn();
    client.reset();
    EXPECT_TRUE(is_empty_at_last()) << part;
  }
}

TEST_P(LoopTest, AnswersAllThatWasPipelinedBeforeThePeerStoppedSending) {
  Client client = connect();
  ASSERT_TRUE(client.send(repeat("echo few\n", 100)));
  client.end_sending();
  EXPECT_EQ(client.read_to_end(), repeat("few\n", 100));
  EXPECT_TRUE(is_empty_at_last());
}

TEST_P(LoopTest, AnswersASlowReaderThatStoppedSendingInFull) {
  Client client = connect_narrow();
  ASSERT_TRUE(client.send(repeat("big 50000\n", 200)));
  client.end_sending();
  turn();
  const std::string expected = repeat(pattern(50'000), 200);
  expect_same(client.read_to_end(), expected);
  EXPECT_TRUE(is_empty_at_last());
}

TEST_P(LoopTest, AnswersWhatWaitedWhenThePeerStoppedSending) {
  Client client = connect();
  ASSERT_TRUE(client.send("wait 1000\necho after\n"));
  client.end_sending();
  turn();
  advance_ms(1000);
  EXPECT_EQ(client.read_to_end(), "waited\nafter\n");
  EXPECT_TRUE(is_empty_at_last());
}

TEST_P(LoopTest, DrainEndsIdleConnections) {
  Client idle = connect();
  Client used = connect();
  EXPECT_EQ(used.ask("echo hello\n"), "hello\n");
  loop_->call([](Loop& loop) { loop.drain(); });
  EXPECT_EQ(idle.read_to_end(), "");
  EXPECT_EQ(used.read_to_end(), "");
  EXPECT_EQ(used.ending(), Ending::closed);
  EXPECT_TRUE(is_empty_at_last());
}

// The loop is held so that it hears of the drain and of the requests in one turn.
TEST_P(LoopTest, DrainAnswersWhatWasSentBeforeIt) {
  Client client = connect();
  std::promise<void> may_go_on;
  loop_->loop().post([go_on = may_go_on.get_future().share()] { go_on.wait(); });
  loop_->loop().post([] {});
  ASSERT_TRUE(client.send("echo in time\n"));
  loop_->loop().post([this] { loop_->loop().drain(); });
  may_go_on.set_value();
  EXPECT_EQ(client.read_to_end(), "in time\n");
  EXPECT_TRUE(is_empty_at_last());
}

TEST_P(LoopTest, DrainLetsASlowReaderHaveItsReplies) {
  Client client = connect_narrow();
  ASSERT_TRUE(client.send(repeat("big 1000000\n", 3)));
  turn();
  loop_->call([](Loop& loop) { loop.drain(); });
  expect_same(client.read_to_end(), repeat(pattern(1'000'000), 3));
  EXPECT_TRUE(is_empty_at_last());
}

TEST_P(LoopTest, DrainEndsAConnectionThatWaitsOnceItHasBeenAnswered) {
  Client client = connect();
  ASSERT_TRUE(client.send("echo before\nwait 1000\necho after\n"));
  EXPECT_EQ(client.read_line(), "before\n");
  loop_->call([](Loop& loop) { loop.drain(); });
  advance_ms(1000);
  EXPECT_EQ(client.read(13), "waited\nafter\n");
  EXPECT_TRUE(is_empty_at_last());
}

TEST_P(LoopTest, ACrowdThatHoldsTooMuchIsClosedAndOthersAreServed) {
  constexpr size_t kBytesMax = 1u << 20;
  loop_->call([](Loop& loop) { loop.set_waiting_bytes_max(kBytesMax); });
  Client polite = connect();
  ASSERT_TRUE(polite.send("echo pol"));
  std::vector<Client> crowd;
  for (int i = 0; i < 8; ++i) {
    crowd.push_back(connect());
    // Those that are closed meanwhile do not take all of it.
    crowd.back().send("bulk 1000000\n" + std::string(300'000, 'x'));
  }
  // Not at every moment: a turn's bytes are counted before anybody is closed for them.
  EXPECT_TRUE(eventually([&] {
    return loop_->loop().shed_count() >= 4 && loop_->loop().waiting_bytes() <= kBytesMax;
  }));
  EXPECT_EQ(polite.ask("ite\n"), "polite\n");
  polite.close();
  crowd.clear();
  EXPECT_TRUE(is_empty_at_last());
  EXPECT_EQ(loop_->loop().waiting_bytes(), 0u);
}

TEST_P(LoopTest, ACrowdOfOneOwnerIsClosedAndNotTheLargestRequestOfAnother) {
  constexpr size_t kBytesMax = 1u << 20;
  loop_->call([](Loop& loop) { loop.set_waiting_bytes_max(kBytesMax); });
  Client polite = connect();
  EXPECT_EQ(polite.ask("own 2\n"), "owned\n");
  std::string text;
  append_pattern(text, 400'000);
  text.pop_back();
  ASSERT_TRUE(polite.send("bulk 400000\n" + text.substr(0, 200'000)));
  std::vector<Client> crowd;
  for (int i = 0; i < 40; ++i) {
    crowd.push_back(connect());
    EXPECT_EQ(crowd.back().ask("own 1\n"), "owned\n");
    crowd.back().send("bulk 100000\n" + std::string(50'000, 'x'));
  }
  EXPECT_TRUE(eventually([&] {
    return loop_->loop().shed_count() >= 10 && loop_->loop().waiting_bytes() <= kBytesMax;
  }));
  EXPECT_EQ(polite.ask(text.substr(200'000)), sum_of(text) + "\n");
}

TEST_P(LoopTest, AnAllocationThatFailsEndsItsConnectionAlone) {
  Client other = connect();
  ASSERT_TRUE(other.send("echo wai"));
  for (const std::string_view before : {"", "echo before\n"}) {
    Client client = connect();
    ASSERT_TRUE(client.send(std::string(before) + "fail\n"));
    EXPECT_EQ(client.read_to_end(), "no memory\n") << "and nothing that was half composed";
  }
  EXPECT_EQ(loop_->loop().out_of_memory_count(), 2u);
  EXPECT_EQ(other.ask("ted\n"), "waited\n");
  other.close();
  EXPECT_TRUE(is_empty_at_last());
}

TEST_P(LoopTest, RunsWhatManyThreadsPost) {
  constexpr int kThreads = 4;
  constexpr int kPosts = 2000;
  int runs = 0;  // the loop's thread only
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < kPosts; ++j) loop_->loop().post([&runs] { ++runs; });
    });
  }
  for (std::thread& thread : threads) thread.join();
  int seen = 0;
  loop_->call([&](Loop&) { seen = runs; });
  EXPECT_EQ(seen, kThreads * kPosts);
}

// Three times: LoopThread is done with the third.
TEST_P(LoopTest, IsToldOfASecondUntilItIsDoneWhileConnectionsAreOpen) {
  Client client = connect();
  ASSERT_TRUE(eventually([&] { return loop_->seconds() == 3; }));
  turn();
  EXPECT_EQ(loop_->seconds(), 3) << "told again in the same second";
  advance_ms(1000);
  EXPECT_TRUE(eventually([&] { return loop_->seconds() == 6; }));
}

TEST_P(LoopTest, StopsWithConnectionsInEveryState) {
  Client idle = connect();
  Client partial = connect();
  Client slow = connect_narrow();
  Client waiting = connect();
  ASSERT_TRUE(partial.send("bulk 500000\nshort"));
  ASSERT_TRUE(slow.send("big 9000000\n"));
  ASSERT_TRUE(waiting.send("wait 99999\n"));
  turn();
  loop_->stop();
  EXPECT_EQ(alive_.load(), 0);
  EXPECT_EQ(idle.read_to_end(), "");
}

size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<size_t>(std::distance(begin(all), end(all)));
}

TEST_P(LoopTest, LeavesNothingOfAThousandConnections) {
  const size_t before = open_descriptors();
  for (int round = 0; round < 10; ++round) {
    std::vector<Client> clients;
    for (int i = 0; i < 100; ++i) clients.push_back(connect());
    for (Client& client : clients) ASSERT_TRUE(client.send("echo hello\necho unfin"));
    for (Client& client : clients) ASSERT_EQ(client.read_line(), "hello\n");
    for (size_t i = 0; i < clients.size(); i += 3) clients[i].reset();
  }
  EXPECT_TRUE(is_empty_at_last());
  EXPECT_TRUE(eventually([&] { return open_descriptors() == before; }));
}

TEST_P(LoopTest, ServesASocketPairAsItDoesTcp) {
  int ends[2] = {-1, -1};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
  add(ends[0]);
  Client client(ends[1]);
  const std::string request = bulk_request(400'000);
  EXPECT_EQ(client.ask(request),
            sum_of(std::string_view(request).substr(request.size() - 400'000)) + "\n");
  client.end_sending();
  EXPECT_EQ(client.read_to_end(), "");
}

}  // namespace
}  // namespace cachery::net
