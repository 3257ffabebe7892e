#include "moving/request_needs.h"

#include <gtest/gtest.h>

#include "protocol/parse.h"

namespace cachery::moving {
namespace {

// The first request of the bytes, as a follower parses them.
protocol::Request parsed(std::string_view bytes) {
  protocol::ParseState state;
  state.is_authenticated = true;
  protocol::Request request;
  const auto result = protocol::parse(state, {}, {bytes.data(), bytes.size()}, request);
  EXPECT_EQ(result.status, protocol::ParseStatus::complete) << bytes;
  return request;
}

struct Row {
  const char* bytes;
  bool item;
  bool writes;
};

TEST(RequestNeeds, AreThoseOfTheVerb) {
  for (const Row& row : {
           Row{"get k\r\n", true, false},
           Row{"gets k\r\n", true, false},
           Row{"gat 5 k\r\n", true, true},
           Row{"touch k 5\r\n", true, true},
           Row{"set k 0 0 1\r\nx\r\n", false, true},
           Row{"add k 0 0 1\r\nx\r\n", true, true},
           Row{"replace k 0 0 1\r\nx\r\n", true, true},
           Row{"append k 0 0 1\r\nx\r\n", true, true},
           Row{"cas k 0 0 1 7\r\nx\r\n", true, true},
           Row{"incr k 1\r\n", true, true},
           Row{"delete k\r\n", true, true},
           Row{"delete k noreply\r\n", false, true},
           Row{"mg k v\r\n", true, false},
           Row{"mg k v T30\r\n", true, true},
           Row{"ms k 1\r\nx\r\n", false, true},
           Row{"ms k 1 MA\r\nx\r\n", true, true},
           Row{"ms k 1 MS\r\nx\r\n", false, true},
           Row{"ms k 1 C7\r\nx\r\n", true, true},
           Row{"md k\r\n", true, true},
           Row{"md k q\r\n", true, true},
           Row{"md k I\r\n", true, true},
           Row{"ma k\r\n", true, true},
           Row{"version\r\n", false, false},
           Row{"nonsense\r\n", false, false},
       }) {
    const Needs needs = needs_of(parsed(row.bytes));
    EXPECT_EQ(needs.item, row.item) << row.bytes;
    EXPECT_EQ(needs.writes, row.writes) << row.bytes;
    EXPECT_FALSE(needs.flushes) << row.bytes;
  }
}

// Header, extras, key and value of a binary request with a cas.
std::string binary(char opcode, std::string_view extras, std::string_view value, char cas) {
  std::string out{static_cast<char>(0x80), opcode, 0, 1, static_cast<char>(extras.size()), 0, 0, 0};
  out.append({0, 0, 0, static_cast<char>(extras.size() + 1 + value.size())}).append(11, 0);
  return out.append(1, cas).append(extras).append("k").append(value);
}

TEST(RequestNeeds, OfABinaryRequestAreThoseOfItsAnswer) {
  const std::string set_extras(8, 0);
  EXPECT_FALSE(needs_of(parsed(binary(0x01, set_extras, "x", 0))).item);
  EXPECT_TRUE(needs_of(parsed(binary(0x01, set_extras, "x", 7))).item);
  EXPECT_TRUE(needs_of(parsed(binary(0x04, "", "", 0))).item);
  EXPECT_TRUE(needs_of(parsed(binary(0x14, "", "", 0))).item) << "a quiet delete tells a miss";
}

TEST(RequestNeeds, OfAFlushAreAllKeys) {
  EXPECT_TRUE(needs_of(parsed("flush_all\r\n")).flushes);
  EXPECT_TRUE(needs_of(parsed("flush_all 10 noreply\r\n")).flushes);
}

// A value that no cache takes still removes the old one.
TEST(RequestNeeds, OfAValueThatIsTooLargeAreThoseOfItsVerb) {
  const Needs needs = needs_of(parsed("set k 0 0 99999999\r\n"));
  EXPECT_TRUE(needs.writes);
  EXPECT_FALSE(needs.item);
}

TEST(RequestNeeds, NameTheKeyAsATextCommandDoes) {
  EXPECT_EQ(text_key_of(parsed("get user:1\r\n")), "user:1");
  EXPECT_EQ(text_key_of(parsed("mg dXNlcjox b v\r\n")), "user:1");
  EXPECT_EQ(text_key_of(parsed("mg YSBi b v\r\n")), std::nullopt) << "a blank in it";
}

}  // namespace
}  // namespace cachery::moving
