// Packets of the binary protocol as a conversation writes them:
//     b> set key="k" value="v" flags=7 opaque=1
//     b< set ok opaque=1 cas=$cas
// A packet is composed from its parts, and every length in its header may be overridden, so that a
// malformed one is written as the well-formed one with the wrong field named. An expected packet is
// composed too, after its wildcards (`*`, variables without a value) were filled in from what came,
// and then compared byte for byte: a field nobody thought of cannot slip through.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/error.h"
#include "text.h"

namespace cachery::conversation {

inline constexpr std::size_t kPacketHeaderBytes = 24;

struct Any {};
using Number = std::variant<std::uint64_t, Variable, Any>;

struct Packet {
  std::uint8_t magic = 0;
  std::uint8_t opcode = 0;
  std::uint8_t datatype = 0;
  std::uint16_t status = 0;  // a request's vbucket
  std::string extras;
  std::variant<Text, Any> key = Text{};
  std::variant<Text, Any> value = Text{};
  Number opaque = std::uint64_t{0};
  Number cas = std::uint64_t{0};
  std::optional<std::uint8_t> extlen;
  std::optional<std::uint16_t> keylen;
  std::optional<std::uint32_t> bodylen;
};

[[nodiscard]] Result<Packet> parse_request(std::string_view line);
[[nodiscard]] Result<Packet> parse_response(std::string_view line);

// invalid when a wildcard or a variable without a value is left.
[[nodiscard]] Result<std::string> compose(const Packet& packet, const Variables& variables);

[[nodiscard]] Matched match_packet(const Packet& packet, std::string_view received,
                                   Variables& variables);

// The bytes of the first packet in `received`; 0 while it is incomplete.
[[nodiscard]] std::size_t packet_bytes(std::string_view received);

// One line for people, in the words of conversations where that is possible.
[[nodiscard]] std::string describe_packet(std::string_view bytes);

}  // namespace cachery::conversation
