#include "play.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <regex>

namespace cachery::conversation {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kPatience{5000};
// Between two halves of a split line: long enough for a server on the same machine to read the
// first, and nothing depends on it having done so.
constexpr milliseconds kPause{1};
constexpr std::size_t kSplitInTwoBytesMax = 120;

// How the bytes of a dialogue are cut into writes.
struct Cut {
  bool every_byte = false;
  std::optional<std::size_t> at;  // counted over all that the dialogue sends

  std::string name() const {
    if (every_byte) return " [sent byte by byte]";
    return at ? fmt::format(" [cut in two after byte {}]", *at) : std::string();
  }
};

std::unexpected<Error> wrong(std::string detail) {
  return fail(Fault::invalid, std::move(detail));
}

// One connection, and what has been received on it and not been expected yet.
class Line {
 public:
  explicit Line(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}

  void send(std::string_view bytes) {
    if (!bytes.empty() && !is_spoken_) is_binary_ = static_cast<unsigned char>(bytes[0]) == 0x80;
    is_spoken_ = true;
    connection_->send(bytes);
  }

  // False when nothing more can come.
  bool read_more(milliseconds patience) {
    if (connection_->is_closed()) return false;
    const std::string bytes = connection_->receive(patience);
    received_ += bytes;
    return !bytes.empty();
  }

  std::string_view received() const { return received_; }
  void drop(std::size_t bytes) { received_.erase(0, bytes); }
  bool is_closed() const { return connection_->is_closed(); }
  bool is_binary() const { return is_binary_; }
  bool is_spoken() const { return is_spoken_; }

 private:
  std::unique_ptr<Connection> connection_;
  std::string received_;
  bool is_spoken_ = false;
  bool is_binary_ = false;
};

Matched match_regex(const Regex& regex, std::string_view received) {
  const std::size_t end = received.find("\r\n");
  if (end == std::string_view::npos) return {Match::need_more, 0};
  const std::string line(received.substr(0, end));
  const bool fits = std::regex_match(line, std::regex(regex.source));
  return fits ? Matched{Match::matched, end + 2} : Matched{Match::mismatch, 0};
}

Matched match_once(const Expected& expected, std::string_view received, Variables& variables) {
  if (const auto* text = std::get_if<Text>(&expected)) {
    return match_text(*text, received, variables);
  }
  if (const auto* regex = std::get_if<Regex>(&expected)) return match_regex(*regex, received);
  return match_packet(std::get<Packet>(expected), received, variables);
}

// The first line or packet, for `...` to pass over; 0 while it is incomplete.
std::size_t first_unit(const Expected& expected, std::string_view received) {
  if (std::holds_alternative<Packet>(expected)) return packet_bytes(received);
  const std::size_t end = received.find('\n');
  return end == std::string_view::npos ? 0 : end + 1;
}

Matched match_expected(const Expect& expect, std::string_view received, Variables& variables) {
  std::size_t passed_over = 0;
  while (true) {
    const std::string_view rest = received.substr(passed_over);
    const Matched matched = match_once(expect.what, rest, variables);
    if (matched.match == Match::matched) return {Match::matched, passed_over + matched.consumed};
    if (!expect.after_others || matched.match == Match::need_more) return matched;
    const std::size_t unit = first_unit(expect.what, rest);
    if (unit == 0) return {Match::need_more, 0};
    passed_over += unit;
  }
}

// Whether one of the lines or packets is the expected one.
bool is_among(const Expected& expected, std::string_view passed_over, Variables& variables) {
  while (!passed_over.empty()) {
    if (match_once(expected, passed_over, variables).match == Match::matched) return true;
    const std::size_t unit = first_unit(expected, passed_over);
    if (unit == 0) return false;
    passed_over.remove_prefix(unit);
  }
  return false;
}

std::string show(const Expected& expected, const Variables& variables) {
  if (const auto* regex = std::get_if<Regex>(&expected)) return "/" + regex->source + "/";
  if (const auto* packet = std::get_if<Packet>(&expected)) {
    Packet shown = *packet;
    if (std::holds_alternative<Any>(shown.value)) shown.value = Text{"*"};
    if (std::holds_alternative<Any>(shown.key)) shown.key = Text{"*"};
    const Number unknown = std::uint64_t{0};
    Result<std::string> bytes = compose(shown, variables);
    if (!bytes) {
      shown.cas = unknown;
      bytes = compose(shown, variables);
    }
    return bytes ? describe_packet(*bytes) : "a packet of unknown variables";
  }
  std::string shown;
  for (const Piece& piece : std::get<Text>(expected)) {
    const auto* variable = std::get_if<Variable>(&piece);
    shown += variable == nullptr ? std::get<std::string>(piece)
                                 : value_of(*variable, variables).value_or("$" + variable->name);
  }
  return escaped(shown);
}

std::string show_received(const Line& line) {
  if (line.received().empty()) return line.is_closed() ? "nothing: it was closed" : "nothing";
  if (line.is_binary()) return describe_packet(line.received());
  return escaped(line.received()) + (line.is_closed() ? " and was closed" : "");
}

class Player {
 public:
  Player(World& world, Side side, Cut cut)
      : world_(world), side_(side), cut_(cut), variables_(world.variables()) {}

  Status run(const Conversation& conversation) {
    for (const Step& step : conversation.steps) {
      if (step.side != Side::both && step.side != side_) continue;
      const Status done = std::visit([this](const auto& act) { return perform(act); }, step.act);
      if (done) continue;
      return wrong(fmt::format("{}:{}: {}\n    sent     {}\n    {}", conversation.file, step.line,
                               conversation.title + cut_.name(), escaped(last_sent_),
                               done.error().detail));
    }
    return end(conversation);
  }

  std::size_t sent_bytes() const { return sent_bytes_; }

 private:
  Status end(const Conversation& conversation) {
    for (auto& [name, line] : lines_) {
      const Status quiet = expect_silence(line);
      if (quiet) continue;
      return wrong(fmt::format("{}:{}: {}\n    at its end, connection {}: {}", conversation.file,
                               conversation.line, conversation.title + cut_.name(), name,
                               quiet.error().detail));
    }
    return {};
  }

  Status perform(const Send& send) {
    std::string bytes;
    for (const auto& part : send.parts) {
      const Result<std::string> composed =
          std::holds_alternative<Text>(part) ? expand(std::get<Text>(part), variables_)
                                             : compose(std::get<Packet>(part), variables_);
      if (!composed) return std::unexpected(composed.error());
      bytes += *composed;
    }
    last_sent_ = bytes;
    return with_line([&](Line& line) {
      send_cut(line, bytes);
      return Status();
    });
  }

  void send_cut(Line& line, std::string_view bytes) {
    const std::size_t before = sent_bytes_;
    sent_bytes_ += bytes.size();
    if (cut_.every_byte) {
      for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i > 0) line.read_more(kPause);
        line.send(bytes.substr(i, 1));
      }
      return;
    }
    if (!cut_.at || *cut_.at <= before || *cut_.at >= sent_bytes_) return line.send(bytes);
    line.send(bytes.substr(0, *cut_.at - before));
    line.read_more(kPause);
    line.send(bytes.substr(*cut_.at - before));
  }

  Status perform(const Expect& expect) {
    return with_line([&](Line& line) { return receive(line, expect); });
  }

  Status receive(Line& line, const Expect& expect) {
    Matched matched = match_expected(expect, line.received(), variables_);
    while (matched.match == Match::need_more && line.read_more(kPatience)) {
      matched = match_expected(expect, line.received(), variables_);
    }
    if (matched.match != Match::matched) {
      line.read_more(kPause);
      return wrong(fmt::format("expected {}\n    got      {}", show(expect.what, variables_),
                               show_received(line)));
    }
    for (const Expected& expected : expect.among) {
      if (is_among(expected, line.received().substr(0, matched.consumed), variables_)) continue;
      return wrong(fmt::format("expected {}\n    among    {}", show(expected, variables_),
                               escaped(line.received())));
    }
    line.drop(matched.consumed);
    return {};
  }

  Status perform(const Closed&) {
    return with_line([](Line& line) -> Status {
      while (line.received().empty() && line.read_more(kPatience)) {
      }
      if (line.received().empty() && line.is_closed()) return {};
      return wrong(fmt::format("expected to be closed\n    got      {}", show_received(line)));
    });
  }

  Status perform(const Silence&) {
    return with_line([this](Line& line) { return expect_silence(line); });
  }

  // `version` is answered in every state that a conversation may end in.
  Status expect_silence(Line& line) {
    if (!line.received().empty()) {
      return wrong(fmt::format("expected nothing more\n    got      {}", show_received(line)));
    }
    if (!line.is_spoken() || line.is_closed()) return {};
    if (line.is_binary()) {
      const Result<Packet> request = parse_request("version opaque=0x70726f62");
      const Result<Packet> response = parse_response("version ok value=* opaque=0x70726f62");
      line.send(compose(*request, {}).value_or(""));
      return receive(line, Expect{*response, false, {}});
    }
    line.send("version\r\n");
    return receive(line, Expect{Regex{"VERSION .*|CLIENT_ERROR unauthenticated"}, false, {}});
  }

  Status perform(const HangUp&) {
    lines_.erase(current_);
    return {};
  }

  Status perform(const NextPacket&) {
    return with_line([](Line& line) {
      line.read_more(kPause);
      return Status();
    });
  }

  Status perform(const Advance& advance) { return world_.advance(advance.by); }

  Status perform(const On& on) {
    current_ = on.connection;
    return {};
  }

  Status perform(const Login& login) {
    const Result<std::string> user = value_of({login.person + "_user"}, variables_);
    const Result<std::string> password = value_of({login.person + "_password"}, variables_);
    if (!user || !password) return wrong("nobody is called " + login.person);
    return with_line([&](Line& line) -> Status {
      if (login.dialect == Dialect::ascii) {
        const std::string token = *user + " " + *password;
        line.send(fmt::format("set auth 0 0 {}\r\n{}\r\n", token.size(), token));
        return receive(line, Expect{Text{"STORED\r\n"}, false, {}});
      }
      Packet request = parse_request("sasl_auth key=\"PLAIN\"").value();
      request.value = Text{std::string(1, '\0') + *user + std::string(1, '\0') + *password};
      line.send(compose(request, {}).value_or(""));
      const Packet answer = parse_response("sasl_auth ok value=\"Authenticated\"").value();
      return receive(line, Expect{answer, false, {}});
    });
  }

  Status perform(const Check& check) {
    const Result<std::string> left = value_of(check.left, variables_);
    const Result<std::string> right = value_of(check.right, variables_);
    if (!left) return std::unexpected(left.error());
    if (!right) return std::unexpected(right.error());
    const bool longer = left->size() != right->size() ? left->size() > right->size()
                                                      : *left > *right;
    const bool holds = check.relation == ">" ? longer
                                             : (*left == *right) == (check.relation == "==");
    if (holds) return {};
    return wrong(fmt::format("expected {} {} {}", *left, check.relation, *right));
  }

  // The current connection, opened when it is first spoken on.
  template <typename Action>
  Status with_line(const Action& action) {
    auto found = lines_.find(current_);
    if (found == lines_.end()) {
      Result<std::unique_ptr<Connection>> opened = world_.connect();
      if (!opened) return std::unexpected(opened.error());
      found = lines_.emplace(current_, Line(std::move(*opened))).first;
    }
    return action(found->second);
  }

  World& world_;
  Side side_;
  Cut cut_;
  Variables variables_;
  std::string current_ = "A";
  std::map<std::string, Line> lines_;
  std::string last_sent_;
  std::size_t sent_bytes_ = 0;
};

std::optional<std::string> why_skipped(const Conversation& conversation, const Place& place) {
  if (place.side == Side::upstream) {
    if (!conversation.why_only_us.empty()) return "only us: " + conversation.why_only_us;
    if (conversation.since > place.version) return "this upstream is older than its `since:`";
  }
  for (const Step& step : conversation.steps) {
    const auto* advance = std::get_if<Advance>(&step.act);
    if (advance != nullptr && advance->by > place.advance_max) {
      return fmt::format("the clock cannot be moved by {} s here", advance->by.count());
    }
  }
  return std::nullopt;
}

Status play_split(const Conversation& conversation, const Place& place, World& world,
                  std::size_t bytes) {
  std::vector<Cut> cuts{{.every_byte = true, .at = {}}};
  for (std::size_t at = 1; bytes <= kSplitInTwoBytesMax && at < bytes; ++at) {
    cuts.push_back({.every_byte = false, .at = at});
  }
  for (const Cut& cut : cuts) {
    if (const Status cleared = world.clear(); !cleared) return cleared;
    if (const Status done = Player(world, place.side, cut).run(conversation); !done) return done;
  }
  return {};
}

}  // namespace

Verdict play(const Conversation& conversation, const Place& place, const Create& create) {
  if (const auto why = why_skipped(conversation, place)) return {Outcome::skipped, *why};
  const Result<std::unique_ptr<World>> world = create(conversation);
  if (!world) return {Outcome::failed, world.error().detail};
  Player whole(**world, place.side, Cut{});
  Status done = whole.run(conversation);
  if (done && conversation.splits) {
    done = play_split(conversation, place, **world, whole.sent_bytes());
  }
  return done ? Verdict{} : Verdict{Outcome::failed, done.error().detail};
}

}  // namespace cachery::conversation
