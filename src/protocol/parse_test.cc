// What no conversation says: how a line is treated must not hang on where a packet ends, or on
// whether its bytes were parsed before.
#include "protocol/parse.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace cachery::protocol {
namespace {

struct Answers {
  std::vector<std::string> keys;     // of executed requests
  std::vector<std::string> replies;  // of refused ones
  bool is_closed = false;
  size_t waiting_bytes = 0;

  bool operator==(const Answers&) const = default;
};

class Connection {
 public:
  void feed(std::string_view piece) {
    waiting_ += piece;
    while (!answers_.is_closed) {
      Request request;
      const Parsed parsed = parse(state_, ParseLimits{}, waiting_, request);
      if (parsed.status == ParseStatus::complete) note(request);
      waiting_.erase(0, parsed.consumed);
      if (parsed.status == ParseStatus::need_more) break;
    }
    answers_.waiting_bytes = answers_.is_closed ? 0 : waiting_.size();
  }
  const Answers& answers() const { return answers_; }

 private:
  void note(const Request& request) {
    if (is_executed(request.verb)) answers_.keys.emplace_back(request.key);
    if (request.verb == Verb::reply) {
      answers_.replies.emplace_back(request.dialect == Dialect::binary
                                        ? "binary " + std::to_string(request.status)
                                        : std::string(request.text));
    }
    answers_.is_closed = request.closes;
  }

  static ParseState authenticated() {
    ParseState state;
    state.is_authenticated = true;
    return state;
  }
  ParseState state_ = authenticated();
  std::string waiting_;
  Answers answers_;
};

Answers answers_to(std::string_view bytes, size_t cut) {
  Connection connection;
  connection.feed(bytes.substr(0, cut));
  connection.feed(bytes.substr(cut));
  return connection.answers();
}

std::string many_keys(size_t bytes) {
  std::string keys;
  while (keys.size() < bytes) keys += " key" + std::to_string(keys.size());
  return keys;
}

// A session parses again what it could not answer yet.
TEST(Base64Key, LeavesTheBytesAsTheyCame) {
  const std::string before = "ms Zm9v 1 b\r\na\r\n";
  std::string bytes = before;
  ParseState state;
  state.is_authenticated = true;
  Request request;
  EXPECT_EQ(parse(state, ParseLimits{}, bytes, request).status, ParseStatus::complete);
  EXPECT_TRUE(request.is_key_base64);
  EXPECT_EQ(bytes, before);
}

// A client that still sends its value may stop at the first byte of an answer, for good.
TEST(RefusedValue, IsAnsweredWhenAllOfItHasBeenRead) {
  const std::string value(2u << 20, 'v');
  const std::string bytes = std::to_string(value.size());
  const std::string binary_set =
      std::string("\x80\x01\0\x01\x08\0\0\0\0\x20\0\x09", 12) + std::string(20, '\0') + "k" + value;
  const std::string unknown_opcode =
      std::string("\x80\x7f\0\x01\0\0\0\0\0\x20\0\x01", 12) + std::string(12, '\0') + "k" + value;
  const std::pair<std::string, std::string> requests[] = {
      {"set k 0 0 " + bytes + "\r\n" + value + "\r\n",
       "SERVER_ERROR object too large for cache\r\n"},
      {"add k 0 0 " + bytes + "\r\n" + value + "\r\n",
       "SERVER_ERROR object too large for cache\r\n"},
      {"set k x 0 " + bytes + "\r\n" + value + "\r\n", "CLIENT_ERROR bad command line format\r\n"},
      {"ms k " + bytes + " q\r\n" + value + "\r\n", "SERVER_ERROR object too large for cache\r\n"},
      {"ms k " + bytes + " q q\r\n" + value + "\r\n", "CLIENT_ERROR duplicate flag\r\n"},
      {binary_set, "binary 3"},
      {unknown_opcode, "binary 129"},
  };
  for (const auto& [request, answer] : requests) {
    Connection connection;
    for (size_t at = 0; at < request.size() - 1; at += 65'536) {
      connection.feed(
          std::string_view(request).substr(at, std::min<size_t>(65'536, request.size() - 1 - at)));
      EXPECT_TRUE(connection.answers().replies.empty()) << answer;
    }
    connection.feed(request.substr(request.size() - 1));
    EXPECT_EQ(connection.answers().replies, std::vector{answer});
    EXPECT_EQ(connection.answers().waiting_bytes, 0u);
  }
}

TEST(LongLine, ClosesWhetherItsEndIsThereOrNot) {
  const std::string line = "version" + std::string(3000, ' ') + "\r\n";
  EXPECT_TRUE(answers_to(line, line.size()).is_closed);
  EXPECT_EQ(answers_to(line, line.size()), answers_to(line, 2500));
}

TEST(LongLine, OfKeysToTouchIsReadInPieces) {
  const std::string line = "gat 10" + many_keys(5000) + "\r\n";
  const Answers whole = answers_to(line, line.size());
  EXPECT_FALSE(whole.is_closed);
  EXPECT_GT(whole.keys.size(), 100u);
  EXPECT_EQ(whole, answers_to(line, 3000));
}

TEST(LongGet, IsAnsweredAlikeWholeAndInPieces) {
  const std::string good = "get" + many_keys(80'000) + "\r\n";
  const std::string bad = "get" + many_keys(80'000) + " " + std::string(251, 'k') + "\r\n";
  EXPECT_FALSE(answers_to(good, good.size()).is_closed);
  EXPECT_TRUE(answers_to(bad, bad.size()).is_closed);
  for (const std::string& line : {good, bad}) {
    EXPECT_EQ(answers_to(line, line.size()), answers_to(line, 70'000));
  }
}

TEST(LongGet, TakesALastKeyOfTheGreatestLengthCutBeforeItsLineEnd) {
  const std::string line = "get" + many_keys(80'000) + " " + std::string(250, 'k') + "\r\n";
  const Answers cut = answers_to(line, line.size() - 1);
  EXPECT_FALSE(cut.is_closed);
  EXPECT_EQ(cut, answers_to(line, line.size()));
}

TEST(LongGet, DoesNotWaitForAKeyBehindSpacesWithoutAnEnd) {
  for (const std::string_view beginning : {"get", "get k"}) {
    Connection connection;
    connection.feed(beginning);
    for (int i = 0; i < 200; ++i) connection.feed(std::string(1000, ' '));
    EXPECT_TRUE(connection.answers().is_closed) << beginning;
  }
}

}  // namespace
}  // namespace cachery::protocol
