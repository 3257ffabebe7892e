// The reader and the player, against a server that plays from a script: above all that what is
// wrong is found.
#include <gmock/gmock.h>

#include <deque>

#include "differences.h"
#include "packet.h"
#include "play.h"

namespace cachery::conversation {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// Answers each whole line that it knows and closes at `quit`.
class ScriptedConnection : public Connection {
 public:
  explicit ScriptedConnection(const std::map<std::string, std::string>& script) : script_(script) {}

  void send(std::string_view bytes) override {
    ++writes;
    received_ += bytes;
    for (std::size_t end = received_.find('\n'); end != std::string::npos;
         end = received_.find('\n')) {
      const std::string line = received_.substr(0, end + 1);
      received_.erase(0, end + 1);
      if (line == "quit\r\n") closed_ = true;
      if (line == "version\r\n") replies_ += "VERSION 1.0.0\r\n";
      const auto found = script_.find(line);
      if (found != script_.end() && !closed_) replies_ += found->second;
    }
  }
  std::string receive(milliseconds) override { return std::exchange(replies_, {}); }
  bool is_closed() const override { return closed_ && replies_.empty(); }

  static inline int writes = 0;  // of this test

 private:
  const std::map<std::string, std::string>& script_;
  std::string received_;
  std::string replies_;
  bool closed_ = false;
};

class ScriptedWorld : public World {
 public:
  explicit ScriptedWorld(const std::map<std::string, std::string>& script) : script_(script) {}

  Result<std::unique_ptr<Connection>> connect() override {
    return std::make_unique<ScriptedConnection>(script_);
  }
  Status advance(std::chrono::seconds) override { return {}; }
  Status clear() override { return {}; }
  Variables variables() override { return {{"now", "1000"}}; }

 private:
  const std::map<std::string, std::string>& script_;
};

std::vector<Conversation> read(std::string_view content) {
  return parse_conversations("test.conv", content).value();
}

Verdict play_text(std::string_view content, const std::map<std::string, std::string>& script,
                  Place place = {}) {
  ScriptedConnection::writes = 0;
  return play(read(content).at(0), place, [&](const Conversation&) {
    return Result<std::unique_ptr<World>>(std::make_unique<ScriptedWorld>(script));
  });
}

TEST(Conversation, PassesWhenTheAnswerIsTheExpectedOne) {
  EXPECT_EQ(play_text("title: t\n> a\n< b\n", {{"a\r\n", "b\r\n"}}).outcome, Outcome::passed);
}

TEST(Conversation, FailsWithPlaceSentExpectedAndGot) {
  const Verdict verdict = play_text("title: t\n> a\n< b\n", {{"a\r\n", "c\r\n"}});
  EXPECT_EQ(verdict.outcome, Outcome::failed);
  EXPECT_THAT(verdict.detail, HasSubstr("test.conv:3: t"));
  EXPECT_THAT(verdict.detail, HasSubstr("sent     a\\r\\n"));
  EXPECT_THAT(verdict.detail, HasSubstr("expected b\\r\\n"));
  EXPECT_THAT(verdict.detail, HasSubstr("got      c\\r\\n"));
}

TEST(Conversation, FailsWhenMoreComesThanWasExpected) {
  const Verdict verdict = play_text("title: t\n> a\n< b\n", {{"a\r\n", "b\r\nmore\r\n"}});
  EXPECT_EQ(verdict.outcome, Outcome::failed);
  EXPECT_THAT(verdict.detail, HasSubstr("more"));
}

TEST(Conversation, FailsWhenSilenceIsBroken) {
  EXPECT_EQ(play_text("title: t\n> a\nsilence\n", {{"a\r\n", "b\r\n"}}).outcome, Outcome::failed);
  EXPECT_EQ(play_text("title: t\n> a\nsilence\n", {}).outcome, Outcome::passed);
}

TEST(Conversation, FailsWhenTheServerDoesNotClose) {
  EXPECT_EQ(play_text("title: t\n> a\nclosed\n", {}).outcome, Outcome::failed);
  EXPECT_EQ(play_text("title: t\n> quit\nclosed\n", {}).outcome, Outcome::passed);
}

TEST(Conversation, BindsAVariableOnceAndComparesItThen) {
  constexpr std::string_view kTwice = "title: t\n> a\n< v $x\n> b\n< v $x\n";
  EXPECT_EQ(play_text(kTwice, {{"a\r\n", "v 7\r\n"}, {"b\r\n", "v 7\r\n"}}).outcome,
            Outcome::passed);
  EXPECT_EQ(play_text(kTwice, {{"a\r\n", "v 7\r\n"}, {"b\r\n", "v 8\r\n"}}).outcome,
            Outcome::failed);
}

TEST(Conversation, FailsWhenACheckDoesNotHold) {
  const std::map<std::string, std::string> script{{"a\r\n", "9 10\r\n"}};
  EXPECT_EQ(play_text("title: t\n> a\n< $x $y\ncheck $y > $x\n", script).outcome, Outcome::passed);
  EXPECT_EQ(play_text("title: t\n> a\n< $x $y\ncheck $x > $y\n", script).outcome, Outcome::failed);
  EXPECT_EQ(play_text("title: t\n> a\n< $x $y\ncheck $x == $y\n", script).outcome, Outcome::failed);
}

TEST(Conversation, FindsLinesAmongOthersInAnyOrder) {
  const std::map<std::string, std::string> script{{"a\r\n", "one\r\ntwo\r\nEND\r\n"}};
  EXPECT_EQ(play_text("title: t\n> a\n<~ two\n<~ one\n< END\n", script).outcome, Outcome::passed);
  EXPECT_EQ(play_text("title: t\n> a\n<~ three\n< END\n", script).outcome, Outcome::failed);
  EXPECT_EQ(play_text("title: t\n> a\n< ...\n< END\n", script).outcome, Outcome::passed);
}

TEST(Conversation, IsRepeatedByteByByteAndCutInTwoEverywhere) {
  const std::map<std::string, std::string> script{{"a\r\n", "b\r\n"}};
  EXPECT_EQ(play_text("title: t\nsplit: every byte\n> a\n< b\n", script).outcome, Outcome::passed);
  // Whole, three single bytes, and two cuts of two writes, each with the closing round trip.
  EXPECT_EQ(ScriptedConnection::writes, 1 + 3 + 2 * 2 + 4);
}

TEST(Conversation, IsNotAskedOfAnUpstreamThatItDoesNotHoldFor) {
  Place old;
  old.side = Side::upstream;
  old.version = {1, 6, 18};
  EXPECT_EQ(play_text("title: t\nsince: 1.6.19\n> a\n< b\n", {}, old).outcome, Outcome::skipped);
  EXPECT_EQ(play_text("title: t\nonly us: why\n> a\n< b\n", {}, old).outcome, Outcome::skipped);
  EXPECT_EQ(play_text("title: t\nsince: 1.6.18\n> a\n< b\n", {}, old).outcome, Outcome::failed);
}

TEST(Conversation, HasLinesForOneSideOnly) {
  constexpr std::string_view kTwoSides =
      "title: t\ndiffers: why\n> a\nus: < b\nupstream: < c\n";
  Place upstream;
  upstream.side = Side::upstream;
  EXPECT_EQ(play_text(kTwoSides, {{"a\r\n", "b\r\n"}}).outcome, Outcome::passed);
  EXPECT_EQ(play_text(kTwoSides, {{"a\r\n", "b\r\n"}}, upstream).outcome, Outcome::failed);
  EXPECT_EQ(play_text(kTwoSides, {{"a\r\n", "c\r\n"}}, upstream).outcome, Outcome::passed);
}

TEST(ConversationFile, IsRefusedWithItsLineWhereItMeansNothing) {
  for (const char* wrong : {"> a\n", "title: t\nsleep 3\n", "title: t\n> {a\n", "title: t\n> \\q\n",
                            "title: t\nb> nonsense\n", "title: t\n< /(/\n", "title: t\n< ...\n",
                            "title: t\n", "title: t\nus: > a\n", "title: t\ndiffers: x\n> a\n"}) {
    EXPECT_FALSE(parse_conversations("test.conv", wrong).has_value()) << wrong;
  }
}

TEST(ConversationText, KnowsEscapesAndRepetitions) {
  const Text text = parse_text("a\\r\\n\\x00\\{{bc x 2}\\$").value();
  EXPECT_EQ(expand(text, {}).value(), std::string("a\r\n\0{bcbc$", 10));
}

TEST(ConversationText, AddsToAVariableModulo64Bits) {
  const Variables variables{{"cas", "0"}};
  EXPECT_EQ(expand(parse_text("$cas-1 $cas+7").value(), variables).value(),
            "18446744073709551615 7");
}

TEST(ConversationPacket, IsComposedAsTheProtocolSays) {
  const Packet packet =
      parse_request("set key=\"k\" value=\"vv\" flags=1 expiry=2 opaque=3").value();
  EXPECT_EQ(escaped(compose(packet, {}).value()),
            "\\x80\\x01\\x00\\x01\\x08\\x00\\x00\\x00\\x00\\x00\\x00\\x0b\\x00\\x00\\x00\\x03"
            "\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x01\\x00\\x00\\x00\\x02kvv");
}

TEST(ConversationPacket, MatchesOnlyWhenEveryFieldDoes) {
  const Packet expected = parse_response("get ok flags=1 value=\"v\" cas=$cas opaque=9").value();
  const Packet same = parse_response("get ok flags=1 value=\"v\" cas=5 opaque=9").value();
  Variables variables;
  const std::string bytes = compose(same, {}).value();
  EXPECT_EQ(match_packet(expected, bytes, variables).match, Match::matched);
  EXPECT_EQ(variables["cas"], "5");
  EXPECT_EQ(match_packet(expected, bytes.substr(0, 20), variables).match, Match::need_more);
  for (const std::size_t field : {0u, 1u, 3u, 4u, 5u, 7u, 15u, 23u, 27u, 28u}) {
    std::string other = bytes;
    other[field] = static_cast<char>(other[field] ^ 2);
    EXPECT_NE(match_packet(expected, other, variables).match, Match::matched) << field;
  }
}

TEST(Differences, AreFoundOnBothSides) {
  const auto conversations = read("title: one\nonly us: x\n> a\n< b\n\ntitle: two\n> a\n< b\n");
  constexpr std::string_view kHead = "| conversation | why |\n| --- | --- |\n";
  EXPECT_THAT(find_undocumented(conversations, std::string(kHead) + "| one | x |\n"), IsEmpty());
  EXPECT_THAT(find_undocumented(conversations, kHead), SizeIs(1));
  EXPECT_THAT(find_undocumented(conversations, std::string(kHead) + "| two | x |\n"), SizeIs(2));
}

}  // namespace
}  // namespace cachery::conversation
