// The binary dialect. An input's first byte chooses limits and whether the client has logged in;
// the rest is what it sends. Random lengths are nearly always refused, so an input may also be a
// list of packets that are given right lengths (bit 5 of its first byte). Property beside those of
// every dialect: a request written as a packet again is parsed alike.
#include <string>

#include "protocol/parse_fuzz.h"
#include "protocol/wire.h"

namespace cachery::protocol {
namespace {

struct Packet {
  uint8_t opcode = 0;
  uint32_t opaque = 0;  // as it lies on the wire
  uint64_t cas = 0;
  std::string extras;
  std::string key;
  std::string value;
};

std::string write(const Packet& packet) {
  std::string bytes(wire::kHeaderBytes, '\0');
  char* at = bytes.data();
  at[0] = static_cast<char>(wire::kRequestMagic);
  at[1] = static_cast<char>(packet.opcode);
  wire::store16(at + 2, static_cast<uint16_t>(packet.key.size()));
  at[4] = static_cast<char>(packet.extras.size());
  wire::store32(at + 8, static_cast<uint32_t>(packet.extras.size() + packet.key.size() +
                                              packet.value.size()));
  std::memcpy(at + 12, &packet.opaque, sizeof packet.opaque);
  wire::store64(at + 16, packet.cas);
  return bytes + packet.extras + packet.key + packet.value;
}

std::string extras32(uint32_t number) {
  std::string extras(4, '\0');
  wire::store32(extras.data(), number);
  return extras;
}

std::string extras64(uint64_t number) {
  std::string extras(8, '\0');
  wire::store64(extras.data(), number);
  return extras;
}

std::string extras_of(const Request& fields) {
  const auto exptime = static_cast<uint32_t>(fields.exptime);
  switch (fields.verb) {
    case Verb::set: case Verb::add: case Verb::replace:
      return extras32(fields.flags) + extras32(exptime);
    case Verb::incr: case Verb::decr:
      return extras64(fields.delta) + extras64(fields.initial) + extras32(exptime);
    case Verb::gat: case Verb::touch: case Verb::flush: case Verb::verbosity:
      return extras32(exptime);
    default:
      return {};
  }
}

void check_written_is_parsed_alike(const Beginning& beginning, const SeenRequest& seen) {
  if (seen.fields.verb == Verb::reply || seen.fields.verb == Verb::refuse_too_large) return;
  const Packet packet{seen.fields.opcode, seen.fields.opaque, seen.fields.cas,
                      extras_of(seen.fields), seen.key, seen.value};
  const FedConnection again = feed_whole(beginning, write(packet));
  CHECK(again.requests().size() == 1);
  CHECK(again.requests()[0] == seen);
}

// Of each packet: opcode, lengths of extras, key and value, then those bytes, then the next.
std::string packets_of(std::string_view input) {
  std::string bytes;
  const auto take = [&](size_t wanted) {
    const std::string_view taken = input.substr(0, wanted);
    input.remove_prefix(taken.size());
    return std::string(taken);
  };
  while (input.size() >= 4) {
    const std::string head = take(4);
    Packet packet;
    packet.opcode = static_cast<uint8_t>(head[0]) % 0x28;
    packet.opaque = static_cast<uint8_t>(head[1]) >> 5u;
    packet.cas = packet.opaque;
    packet.extras = take(static_cast<uint8_t>(head[1]) & 31);
    packet.key = take(static_cast<uint8_t>(head[2]));
    packet.value = take(static_cast<uint8_t>(head[3]));
    bytes += write(packet);
  }
  return bytes + std::string(input);
}

void check_input(std::string_view input) {
  const auto choice = static_cast<uint8_t>(input[0]);
  const Beginning beginning(choice);
  const std::string bytes =
      (choice & 32) != 0 ? packets_of(input.substr(1)) : expand_runs(input.substr(1));
  if (bytes.empty() || static_cast<uint8_t>(bytes[0]) != wire::kRequestMagic) return;
  const FedConnection whole = feed_whole(beginning, bytes);
  check_splits(beginning, bytes, whole);
  for (const SeenRequest& seen : whole.requests()) check_written_is_parsed_alike(beginning, seen);
}

}  // namespace
}  // namespace cachery::protocol

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size >= 2) {
    cachery::protocol::check_input({reinterpret_cast<const char*>(data), size});
  }
  return 0;
}
