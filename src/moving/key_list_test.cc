// Against servers of a few lines: a real one is asked in tests/system/test_import.py.
#include "moving/key_list.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "net/poll.h"

namespace cachery::moving {
namespace {

using std::chrono::milliseconds;

constexpr DumpPatience kShort{.quiet = milliseconds(20),
                              .silent = milliseconds(200),
                              .busy = milliseconds(10'000),
                              .busy_pause = milliseconds(1)};
constexpr std::string_view kTwo = "key=a exp=-1 la=1\nkey=b%09c exp=2000000000 la=1\n";

// Plays one of `plays` to each connection in turn, then closes it.
class Source {
 public:
  using Play = std::function<void(net::LineStream&)>;

  explicit Source(std::vector<Play> plays)
      : listener_(net::listen_tcp("127.0.0.1", 0).value()), plays_(std::move(plays)) {
    thread_ = std::jthread([this](const std::stop_token& stop) {
      for (const Play& play : plays_) {
        net::OwnedSocket socket;
        while (!socket && !stop.stop_requested()) {
          net::poll_readable({listener_.socket.fd()}, 100);
          bool is_exhausted = false;
          socket = net::OwnedSocket(net::accept_connection(listener_.socket.fd(), &is_exhausted));
        }
        if (!socket) return;
        net::LineStream client = net::LineStream::accepted(std::move(socket));
        EXPECT_EQ(client.read_line().value_or(""), "lru_crawler metadump all");
        play(client);
      }
    });
  }

  Server server() const { return {.address = fmt::format("127.0.0.1:{}", listener_.port)}; }

 private:
  net::Listener listener_;
  std::vector<Play> plays_;
  std::jthread thread_;
};

void say(net::LineStream& client, std::string_view bytes) { EXPECT_TRUE(client.send(bytes)); }

// Until the client closes.
void listen_on(net::LineStream& client) {
  while (client.read_line()) continue;
}

std::vector<std::string> names(KeyList& list) {
  std::vector<std::string> names;
  while (const auto key = list.next()) names.push_back(key->key);
  return names;
}

void expect_both(Result<KeyList> list, bool is_whole) {
  ASSERT_TRUE(list) << list.error().detail;
  EXPECT_EQ(list->keys(), 2u);
  EXPECT_EQ(list->is_whole(), is_whole);
  EXPECT_EQ(names(*list), (std::vector<std::string>{"a", "b\tc"}));
}

TEST(KeyList, BeginsBehindAnOkAndEndsWithEnd) {
  Source source(
      {[](net::LineStream& client) { say(client, "OK\r\n" + std::string(kTwo) + "END\r\n"); }});
  expect_both(KeyList::read(source.server(), kShort), true);
}

TEST(KeyList, WithoutAnEndIsWholeOnceTheServerTakesCommandsAgain) {
  Source source({[](net::LineStream& client) {
    say(client, kTwo);
    EXPECT_EQ(client.read_line().value_or(""), "version");
    say(client, "VERSION 1.5.3\r\n");
  }});
  expect_both(KeyList::read(source.server(), kShort), true);
}

TEST(KeyList, GoesOnAfterAPauseInTheMiddle) {
  Source source({[](net::LineStream& client) {
    say(client, kTwo.substr(0, 30));
    EXPECT_EQ(client.read_line().value_or(""), "version");
    say(client, std::string(kTwo.substr(30)) + "END\r\nVERSION 1.5.4\r\n");
  }});
  expect_both(KeyList::read(source.server(), kShort), true);
}

TEST(KeyList, IsKeptAndNotWholeWhenTheServerFallsSilent) {
  Source source({[](net::LineStream& client) {
    say(client, kTwo);
    listen_on(client);
  }});
  expect_both(KeyList::read(source.server(), kShort), false);
}

TEST(KeyList, IsKeptAndNotWholeWhenTheConnectionEnds) {
  Source source({[](net::LineStream& client) { say(client, std::string(kTwo) + "key=half"); }});
  expect_both(KeyList::read(source.server(), kShort), false);
}

TEST(KeyList, IsAskedForAgainWhileTheCrawlerIsBusy) {
  Source source({[](net::LineStream& client) {
                   say(client, "BUSY currently processing crawler request\r\n");
                 },
                 [](net::LineStream& client) { say(client, "ERROR locked try again later\r\n"); },
                 [](net::LineStream& client) { say(client, std::string(kTwo) + "END\r\n"); }});
  expect_both(KeyList::read(source.server(), kShort), true);
}

TEST(KeyList, IsGivenUpWhenTheCrawlerStaysBusy) {
  Source source({[](net::LineStream& client) { say(client, "BUSY a crawl\r\n"); }});
  DumpPatience patience = kShort;
  patience.busy = milliseconds(0);
  const auto list = KeyList::read(source.server(), patience);
  ASSERT_FALSE(list);
  EXPECT_EQ(list.error().fault, Fault::unavailable);
}

TEST(KeyList, MayBeEmpty) {
  for (const char* words : {"END\r\n", "OK\r\nEND\r\n", "NOTSTARTED no items to crawl\r\n"}) {
    Source source({[=](net::LineStream& client) { say(client, words); }});
    const auto list = KeyList::read(source.server(), kShort);
    ASSERT_TRUE(list) << words;
    EXPECT_EQ(list->keys(), 0u);
    EXPECT_TRUE(list->is_whole());
  }
}

TEST(KeyList, IsAnErrorWhereThereIsNone) {
  for (const char* words : {"ERROR\r\n", "CLIENT_ERROR lru crawler disabled\r\n"}) {
    Source source({[=](net::LineStream& client) { say(client, words); }});
    const auto list = KeyList::read(source.server(), kShort);
    ASSERT_FALSE(list) << words;
    EXPECT_EQ(list.error().fault, Fault::invalid);
  }
  Source silent({listen_on});
  const auto list = KeyList::read(silent.server(), kShort);
  ASSERT_FALSE(list);
  EXPECT_EQ(list.error().fault, Fault::unavailable);
}

}  // namespace
}  // namespace cachery::moving
