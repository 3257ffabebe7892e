#include "packet.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

namespace cachery::conversation {
namespace {

constexpr std::uint8_t kRequestMagic = 0x80;
constexpr std::uint8_t kResponseMagic = 0x81;

struct Opcode {
  std::string_view name;
  std::uint8_t code;
};

constexpr Opcode kOpcodes[] = {
    {"get", 0x00},       {"set", 0x01},       {"add", 0x02},       {"replace", 0x03},
    {"delete", 0x04},    {"incr", 0x05},      {"decr", 0x06},      {"quit", 0x07},
    {"flush", 0x08},     {"getq", 0x09},      {"noop", 0x0a},      {"version", 0x0b},
    {"getk", 0x0c},      {"getkq", 0x0d},     {"append", 0x0e},    {"prepend", 0x0f},
    {"stat", 0x10},      {"setq", 0x11},      {"addq", 0x12},      {"replaceq", 0x13},
    {"deleteq", 0x14},   {"incrq", 0x15},     {"decrq", 0x16},     {"quitq", 0x17},
    {"flushq", 0x18},    {"appendq", 0x19},   {"prependq", 0x1a},  {"verbosity", 0x1b},
    {"touch", 0x1c},     {"gat", 0x1d},       {"gatq", 0x1e},      {"sasl_list", 0x20},
    {"sasl_auth", 0x21}, {"sasl_step", 0x22}, {"gatk", 0x23},      {"gatkq", 0x24},
};

struct StatusWord {
  std::string_view name;
  std::uint16_t code;
  std::string_view text;  // what a server says with it, unless the packet gives a value
};

constexpr StatusWord kStatusWords[] = {
    {"ok", 0x00, ""},
    {"not_found", 0x01, "Not found"},
    {"exists", 0x02, "Data exists for key."},
    {"too_large", 0x03, "Too large."},
    {"invalid", 0x04, "Invalid arguments"},
    {"not_stored", 0x05, "Not stored."},
    {"non_numeric", 0x06, "Non-numeric server-side value for incr or decr"},
    {"auth_error", 0x20, "Auth failure."},
    {"auth_continue", 0x21, ""},
    {"unknown_command", 0x81, "Unknown command"},
    {"out_of_memory", 0x82, "Out of memory"},
};

template <typename Unsigned>
std::string big_endian(Unsigned number) {
  std::string bytes(sizeof(Unsigned), '\0');
  for (std::size_t i = sizeof(Unsigned); i-- > 0;) {
    bytes[i] = static_cast<char>(number & 0xff);
    if constexpr (sizeof(Unsigned) > 1) number = static_cast<Unsigned>(number >> 8);
  }
  return bytes;
}

std::uint64_t read_big_endian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (const char c : bytes) number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

std::optional<std::uint64_t> parse_unsigned(std::string_view text) {
  const bool hex = text.starts_with("0x");
  if (hex) text.remove_prefix(2);
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number, hex ? 16 : 10);
  if (error != std::errc() || stop != end || text.empty()) return std::nullopt;
  return number;
}

// Words at spaces outside quotes: `set`, `key="a b"`, `opaque=7`.
Result<std::vector<std::string_view>> split_words(std::string_view line) {
  std::vector<std::string_view> words;
  std::size_t at = 0;
  while (at < line.size()) {
    if (line[at] == ' ') {
      ++at;
      continue;
    }
    const std::size_t start = at;
    bool quoted = false;
    for (; at < line.size() && (quoted || line[at] != ' '); ++at) {
      if (line[at] == '"') quoted = !quoted;
      if (line[at] == '\\' && quoted) ++at;
    }
    if (quoted) return fail(Fault::invalid, "a quote that does not end");
    words.push_back(line.substr(start, at - start));
  }
  if (words.empty()) return fail(Fault::invalid, "a packet wants an opcode");
  return words;
}

Result<std::uint8_t> parse_opcode(std::string_view word) {
  for (const Opcode& opcode : kOpcodes) {
    if (opcode.name == word) return opcode.code;
  }
  const auto code = parse_unsigned(word);
  if (!code || *code > 0xff) return fail(Fault::invalid, fmt::format("unknown opcode {}", word));
  return static_cast<std::uint8_t>(*code);
}

const StatusWord* find_status(std::string_view word) {
  for (const StatusWord& status : kStatusWords) {
    if (status.name == word) return &status;
  }
  return nullptr;
}

Result<Number> parse_field_number(std::string_view text) {
  if (text == "*") return Any{};
  if (const auto number = parse_unsigned(text)) return *number;
  const Result<Text> parsed = parse_text(text);
  if (!parsed) return std::unexpected(parsed.error());
  if (parsed->size() == 1 && std::holds_alternative<Variable>(parsed->front())) {
    return std::get<Variable>(parsed->front());
  }
  return fail(Fault::invalid, fmt::format("{} is no number", text));
}

Result<std::variant<Text, Any>> parse_field_text(std::string_view text) {
  if (text == "*") return Any{};
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') {
    return fail(Fault::invalid, fmt::format("{} wants quotes", text));
  }
  Result<Text> parsed = parse_text(text.substr(1, text.size() - 2));
  if (!parsed) return std::unexpected(parsed.error());
  return std::move(*parsed);
}

// The extras of requests are built from named parts; which parts a request has, its opcode says.
struct ExtraParts {
  std::optional<std::uint32_t> flags;
  std::optional<std::uint32_t> expiry;
  std::uint64_t delta = 1;
  std::uint64_t initial = 0;
};

std::string request_extras(std::uint8_t opcode, const ExtraParts& parts) {
  const std::string flags = big_endian(parts.flags.value_or(0));
  const std::string expiry = big_endian(parts.expiry.value_or(0));
  switch (opcode) {
    case 0x01: case 0x02: case 0x03: case 0x11: case 0x12: case 0x13:
      return flags + expiry;
    case 0x05: case 0x06: case 0x15: case 0x16:
      return big_endian(parts.delta) + big_endian(parts.initial) + expiry;
    case 0x1b: case 0x1c: case 0x1d: case 0x1e: case 0x23: case 0x24:
      return expiry;
    default:
      return parts.expiry ? expiry : std::string();
  }
}

// Reads the words `name=value` of one packet.
class Fields {
 public:
  explicit Fields(Packet& packet) : packet_(packet) {}

  Status read(std::string_view word) {
    const std::size_t equals = word.find('=');
    if (equals == std::string_view::npos) {
      return fail(Fault::invalid, fmt::format("{} is neither a status nor name=value", word));
    }
    const std::string_view name = word.substr(0, equals);
    const std::string_view text = word.substr(equals + 1);
    if (name == "key") return put(packet_.key, parse_field_text(text));
    if (name == "value") {
      has_value_ = true;
      return put(packet_.value, parse_field_text(text));
    }
    if (name == "extras") return read_extras(text);
    if (name == "opaque") return put(packet_.opaque, parse_field_number(text));
    if (name == "cas") return put(packet_.cas, parse_field_number(text));
    const auto number = parse_unsigned(text);
    if (!number) return fail(Fault::invalid, fmt::format("{} is no number", text));
    return read_unsigned(name, *number);
  }

  const ExtraParts& parts() const { return parts_; }
  bool has_extras() const { return has_extras_; }
  bool has_value() const { return has_value_; }

 private:
  template <typename Field>
  static Status put(Field& field, Result<Field> parsed) {
    if (!parsed) return std::unexpected(parsed.error());
    field = std::move(*parsed);
    return {};
  }

  Status read_extras(std::string_view text) {
    const Result<std::variant<Text, Any>> parsed = parse_field_text(text);
    if (!parsed || !std::holds_alternative<Text>(*parsed)) {
      return fail(Fault::invalid, "extras want quotes");
    }
    const Result<std::string> bytes = expand(std::get<Text>(*parsed), {});
    if (!bytes) return std::unexpected(bytes.error());
    packet_.extras = *bytes;
    has_extras_ = true;
    return {};
  }

  Status read_unsigned(std::string_view name, std::uint64_t number) {
    if (name == "flags") parts_.flags = static_cast<std::uint32_t>(number);
    else if (name == "expiry") parts_.expiry = static_cast<std::uint32_t>(number);
    else if (name == "delta") parts_.delta = number;
    else if (name == "initial") parts_.initial = number;
    else if (name == "number") {
      packet_.value = Text{big_endian(number)};
      has_value_ = true;
    } else if (name == "magic") packet_.magic = static_cast<std::uint8_t>(number);
    else if (name == "datatype") packet_.datatype = static_cast<std::uint8_t>(number);
    else if (name == "vbucket" || name == "status") {
      packet_.status = static_cast<std::uint16_t>(number);
    } else if (name == "extlen") packet_.extlen = static_cast<std::uint8_t>(number);
    else if (name == "keylen") packet_.keylen = static_cast<std::uint16_t>(number);
    else if (name == "bodylen") packet_.bodylen = static_cast<std::uint32_t>(number);
    else return fail(Fault::invalid, fmt::format("unknown field {}", name));
    return {};
  }

  Packet& packet_;
  ExtraParts parts_;
  bool has_extras_ = false;
  bool has_value_ = false;
};

Result<std::uint64_t> resolve(const Number& number, const Variables& variables) {
  if (const auto* known = std::get_if<std::uint64_t>(&number)) return *known;
  const auto* variable = std::get_if<Variable>(&number);
  if (variable == nullptr) return fail(Fault::invalid, "a wildcard cannot be sent");
  const Result<std::string> value = value_of(*variable, variables);
  if (!value) return std::unexpected(value.error());
  const auto parsed = parse_unsigned(*value);
  if (!parsed) return fail(Fault::invalid, fmt::format("${} is no number", variable->name));
  return *parsed;
}

Result<std::string> resolve(const std::variant<Text, Any>& text, const Variables& variables) {
  const auto* known = std::get_if<Text>(&text);
  if (known == nullptr) return fail(Fault::invalid, "a wildcard cannot be sent");
  return expand(*known, variables);
}

// A wildcard or a variable without a value becomes what has been received; the latter is bound.
void fill_in(Number& number, std::uint64_t received, Variables& variables) {
  if (std::holds_alternative<Any>(number)) {
    number = received;
    return;
  }
  const auto* variable = std::get_if<Variable>(&number);
  if (variable == nullptr || variables.contains(variable->name)) return;
  variables[variable->name] = std::to_string(received);
}

void fill_in(std::variant<Text, Any>& text, std::string_view received) {
  if (std::holds_alternative<Any>(text)) text = Text{std::string(received)};
}

}  // namespace

Result<Packet> parse_request(std::string_view line) {
  const auto words = split_words(line);
  if (!words) return std::unexpected(words.error());
  const Result<std::uint8_t> opcode = parse_opcode(words->front());
  if (!opcode) return std::unexpected(opcode.error());
  Packet packet;
  packet.magic = kRequestMagic;
  packet.opcode = *opcode;
  Fields fields(packet);
  for (std::size_t i = 1; i < words->size(); ++i) {
    if (const Status read = fields.read((*words)[i]); !read) return std::unexpected(read.error());
  }
  if (!fields.has_extras()) packet.extras = request_extras(packet.opcode, fields.parts());
  return packet;
}

Result<Packet> parse_response(std::string_view line) {
  const auto words = split_words(line);
  if (!words) return std::unexpected(words.error());
  const Result<std::uint8_t> opcode = parse_opcode(words->front());
  if (!opcode) return std::unexpected(opcode.error());
  Packet packet;
  packet.magic = kResponseMagic;
  packet.opcode = *opcode;
  Fields fields(packet);
  std::string_view text;
  for (std::size_t i = 1; i < words->size(); ++i) {
    if (const StatusWord* status = find_status((*words)[i])) {
      packet.status = status->code;
      text = status->text;
    } else if (const Status read = fields.read((*words)[i]); !read) {
      return std::unexpected(read.error());
    }
  }
  if (!fields.has_value() && !text.empty()) packet.value = Text{std::string(text)};
  if (!fields.has_extras() && fields.parts().flags) {
    packet.extras = big_endian(*fields.parts().flags);
  }
  return packet;
}

Result<std::string> compose(const Packet& packet, const Variables& variables) {
  const Result<std::string> key = resolve(packet.key, variables);
  const Result<std::string> value = resolve(packet.value, variables);
  const Result<std::uint64_t> opaque = resolve(packet.opaque, variables);
  const Result<std::uint64_t> cas = resolve(packet.cas, variables);
  if (!key) return key;
  if (!value) return value;
  if (!opaque) return std::unexpected(opaque.error());
  if (!cas) return std::unexpected(cas.error());
  const std::size_t body = packet.extras.size() + key->size() + value->size();
  const auto extlen = static_cast<std::uint8_t>(packet.extras.size());
  const auto keylen = static_cast<std::uint16_t>(key->size());
  std::string bytes = big_endian(packet.magic) + big_endian(packet.opcode);
  bytes += big_endian(packet.keylen.value_or(keylen));
  bytes += big_endian(packet.extlen.value_or(extlen));
  bytes += big_endian(packet.datatype) + big_endian(packet.status);
  bytes += big_endian(packet.bodylen.value_or(static_cast<std::uint32_t>(body)));
  bytes += big_endian(static_cast<std::uint32_t>(*opaque)) + big_endian(*cas);
  return bytes + packet.extras + *key + *value;
}

std::size_t packet_bytes(std::string_view received) {
  if (received.size() < kPacketHeaderBytes) return 0;
  const std::size_t whole = kPacketHeaderBytes + read_big_endian(received.substr(8, 4));
  return received.size() < whole ? 0 : whole;
}

Matched match_packet(const Packet& packet, std::string_view received, Variables& variables) {
  if (!received.empty() && static_cast<std::uint8_t>(received[0]) != packet.magic) {
    return {Match::mismatch, 0};
  }
  const std::size_t whole = packet_bytes(received);
  if (whole == 0) return {Match::need_more, 0};
  const std::string_view got = received.substr(0, whole);
  const std::size_t keylen = read_big_endian(got.substr(2, 2));
  const std::size_t extlen = read_big_endian(got.substr(4, 1));
  if (kPacketHeaderBytes + extlen + keylen > whole) return {Match::mismatch, 0};
  Packet filled = packet;
  Variables bound = variables;
  fill_in(filled.opaque, read_big_endian(got.substr(12, 4)), bound);
  fill_in(filled.cas, read_big_endian(got.substr(16, 8)), bound);
  fill_in(filled.key, got.substr(kPacketHeaderBytes + extlen, keylen));
  fill_in(filled.value, got.substr(kPacketHeaderBytes + extlen + keylen));
  const Result<std::string> expected = compose(filled, bound);
  if (!expected || *expected != got) return {Match::mismatch, 0};
  variables = std::move(bound);
  return {Match::matched, whole};
}

std::string describe_packet(std::string_view bytes) {
  if (bytes.size() < kPacketHeaderBytes) return escaped(bytes);
  const auto number = [&](std::size_t at, std::size_t count) {
    return read_big_endian(bytes.substr(at, count));
  };
  std::string name = fmt::format("{:#04x}", number(1, 1));
  for (const Opcode& opcode : kOpcodes) {
    if (opcode.code == number(1, 1)) name = opcode.name;
  }
  const std::size_t extlen = number(4, 1);
  const std::size_t keylen = number(2, 2);
  const std::string_view body = bytes.substr(kPacketHeaderBytes);
  const auto part = [&](std::size_t at, std::size_t count) {
    return escaped(body.substr(std::min(at, body.size()), count));
  };
  return fmt::format(
      "{} magic={:#x} status={:#x} extras=\"{}\" key=\"{}\" value=\"{}\" opaque={} cas={} "
      "datatype={} (extlen {}, keylen {}, bodylen {})",
      name, number(0, 1), number(6, 2), part(0, extlen), part(extlen, keylen),
      part(extlen + keylen, std::string_view::npos), number(12, 4), number(16, 8), number(5, 1),
      extlen, keylen, number(8, 4));
}

}  // namespace cachery::conversation
