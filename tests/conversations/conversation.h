// A conversation: what one or more clients say to a server, line by line, and what it must answer.
// README.md describes the format for those who write conversations; this is the same as data. One
// file holds many conversations, each begun by its `title:`, so that a family of a command's
// outcomes is read on one screen.
#pragma once

#include <chrono>
#include <compare>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/error.h"
#include "packet.h"
#include "text.h"

namespace cachery::conversation {

// Which server a line, or a whole conversation, is about.
enum class Side { both, us, upstream };

struct Version {
  int major = 0;
  int minor = 0;
  int patch = 0;

  auto operator<=>(const Version&) const = default;
};

[[nodiscard]] std::optional<Version> parse_version(std::string_view text);

// Sends of consecutive lines leave in one write.
struct Send {
  std::vector<std::variant<Text, Packet>> parts;
};

struct Regex {
  std::string source;
};

using Expected = std::variant<Text, Regex, Packet>;

struct Expect {
  Expected what;
  bool after_others = false;    // `...` before it: other lines or packets may come first
  std::vector<Expected> among;  // `<~` before it: found among those, in any order
};

struct Closed {};     // the server closes, having sent nothing more
struct Silence {};    // nothing comes; a round trip of `version` proves it
struct HangUp {};     // we close
struct NextPacket {}; // what follows leaves in a write of its own

struct Advance {
  std::chrono::seconds by{};
};

struct On {
  std::string connection;
};

enum class Dialect { ascii, sasl };

struct Login {
  Dialect dialect = Dialect::ascii;
  std::string person;
};

struct Check {
  Variable left;
  std::string relation;  // ==, != or >
  Variable right;
};

struct Step {
  int line = 0;
  Side side = Side::both;
  std::variant<Send, Expect, Closed, Silence, HangUp, NextPacket, Advance, On, Login, Check> act;
};

struct Conversation {
  std::string file;
  int line = 0;
  std::string title;
  std::string why_only_us;   // not empty: upstream is not asked
  std::string differs;       // not empty: some lines are marked `us:` and `upstream:`
  Version since;             // the oldest upstream for which it holds
  bool needs_accounts = false;
  bool splits = false;       // repeated byte by byte, and in two at every byte
  std::vector<Step> steps;
};

[[nodiscard]] Result<std::vector<Conversation>> parse_conversations(std::string_view file,
                                                                    std::string_view content);

}  // namespace cachery::conversation
