// The binary protocol: one table of opcodes says what each is and which shape it must have, so that
// a length that lies is caught in one place. Order of checks and what closes are upstream's.
#include <array>

#include "protocol/parse.h"
#include "protocol/wire.h"

namespace cachery::protocol {

Parsed parse_binary(ParseState& state, const ParseLimits& limits, std::span<const char> input,
                    Request& out);

namespace {

enum class KeyIs : uint8_t { absent, required, optional };
enum class ValueIs : uint8_t { absent, present };

struct Opcode {
  Verb verb = Verb::reply;  // reply: no such opcode
  uint8_t extras = 0;
  KeyIs key = KeyIs::absent;
  ValueIs value = ValueIs::absent;
  Quiet quiet = Quiet::no;
  bool wants_key = false;
};

constexpr std::array<Opcode, 256> make_opcodes() {
  std::array<Opcode, 256> table{};
  const auto pair = [&](uint8_t loud, uint8_t silent, Opcode opcode) {
    table[loud] = opcode;
    opcode.quiet = Quiet::yes;
    table[silent] = opcode;
  };
  using enum KeyIs;
  using namespace wire;
  pair(op_get, op_getq, {Verb::get, 0, required});
  pair(op_getk, op_getkq, {Verb::get, 0, required, ValueIs::absent, Quiet::no, true});
  pair(op_gat, op_gatq, {Verb::gat, 4, required});
  pair(op_gatk, op_gatkq, {Verb::gat, 4, required, ValueIs::absent, Quiet::no, true});
  pair(op_set, op_setq, {Verb::set, 8, required, ValueIs::present});
  pair(op_add, op_addq, {Verb::add, 8, required, ValueIs::present});
  pair(op_replace, op_replaceq, {Verb::replace, 8, required, ValueIs::present});
  pair(op_append, op_appendq, {Verb::append, 0, required, ValueIs::present});
  pair(op_prepend, op_prependq, {Verb::prepend, 0, required, ValueIs::present});
  pair(op_delete, op_deleteq, {Verb::remove, 0, required});
  pair(op_increment, op_incrementq, {Verb::incr, 20, required});
  pair(op_decrement, op_decrementq, {Verb::decr, 20, required});
  pair(op_quit, op_quitq, {Verb::quit, 0, absent});
  pair(op_flush, op_flushq, {Verb::flush, 0, absent});  // or four bytes of extras
  table[op_touch] = {Verb::touch, 4, required};
  table[op_noop] = {Verb::noop, 0, absent};
  table[op_version] = {Verb::version, 0, absent};
  table[op_verbosity] = {Verb::verbosity, 4, absent};
  table[op_stat] = {Verb::stats, 0, optional};
  table[op_sasl_list] = {Verb::sasl_list, 0, absent};
  table[op_sasl_auth] = {Verb::sasl_auth, 0, required, ValueIs::present};
  table[op_sasl_step] = {Verb::sasl_step, 0, required, ValueIs::present};
  return table;
}
constexpr std::array<Opcode, 256> kOpcodes = make_opcodes();

struct Header {
  uint8_t opcode;
  uint8_t extras_bytes;
  uint16_t key_bytes;
  uint32_t body_bytes;
  uint64_t cas;

  explicit Header(const char* at)
      : opcode(static_cast<uint8_t>(at[1])),
        extras_bytes(static_cast<uint8_t>(at[4])),
        key_bytes(wire::load16(at + 2)),
        body_bytes(wire::load32(at + 8)),
        cas(wire::load64(at + 16)) {}

  size_t head_bytes() const { return wire::kHeaderBytes + extras_bytes + key_bytes; }
  size_t whole_bytes() const { return wire::kHeaderBytes + body_bytes; }
  uint32_t value_bytes() const { return body_bytes - extras_bytes - key_bytes; }
};

Parsed fail_and_close(Request& out, uint16_t status, size_t consumed) {
  out.verb = Verb::reply;
  out.quiet = Quiet::no;
  out.status = status;
  out.closes = true;
  return {ParseStatus::complete, consumed, 0};
}

bool has_right_shape(const Opcode& opcode, const Header& header) {
  const bool is_flush_with_time = opcode.verb == Verb::flush && header.extras_bytes == 4;
  return (header.extras_bytes == opcode.extras || is_flush_with_time) &&
         (opcode.key == KeyIs::optional ||
          (header.key_bytes > 0) == (opcode.key == KeyIs::required)) &&
         (opcode.value == ValueIs::present || header.value_bytes() == 0);
}

void read_extras(const Opcode& opcode, const Header& header, const char* extras, Request& out) {
  if (opcode.verb == Verb::incr || opcode.verb == Verb::decr) {
    out.delta = wire::load64(extras);
    out.initial = wire::load64(extras + 8);
    const uint32_t exptime = wire::load32(extras + 16);
    out.creates = exptime != UINT32_MAX;
    out.exptime = exptime;
  } else if (header.extras_bytes == 8) {
    out.flags = wire::load32(extras);
    out.exptime = wire::load32(extras + 4);
  } else if (header.extras_bytes == 4) {
    out.exptime = wire::load32(extras);
  }
}

bool is_open_to_all(Verb verb) {
  switch (verb) {
    case Verb::sasl_list:
    case Verb::sasl_auth:
    case Verb::sasl_step:
    case Verb::version:
    case Verb::noop:
    case Verb::quit:
      return true;
    default:
      return false;
  }
}

// Judged by the head alone; answered when the value that follows has been passed over.
Parsed refuse(ParseState& state, const Header& header) {
  state.swallow_bytes = header.value_bytes();
  return {ParseStatus::complete, header.head_bytes(), 0};
}

}  // namespace

Parsed parse_binary(ParseState& state, const ParseLimits& limits, std::span<const char> input,
                    Request& out) {
  out.dialect = Dialect::binary;
  if (static_cast<uint8_t>(input[0]) != wire::kRequestMagic) {
    out.closes = true;
    out.quiet = Quiet::yes;  // upstream closes without a word
    return {ParseStatus::complete, input.size(), 0};
  }
  if (input.size() < wire::kHeaderBytes) return {ParseStatus::need_more, 0, wire::kHeaderBytes};
  const Header header(input.data());
  out.opcode = header.opcode;
  std::memcpy(&out.opaque, input.data() + 12, sizeof out.opaque);
  if (uint32_t{header.key_bytes} + header.extras_bytes > header.body_bytes) {
    return fail_and_close(out, wire::unknown_command, input.size());
  }
  if (header.body_bytes > limits::kBodyBytesMax || header.key_bytes > limits.key_bytes_max) {
    return fail_and_close(out, wire::invalid, input.size());
  }
  const Opcode& opcode = kOpcodes[header.opcode];
  if (input.size() < header.head_bytes()) return {ParseStatus::need_more, 0, header.head_bytes()};
  if (opcode.verb == Verb::reply) {
    out.status = wire::unknown_command;
    return refuse(state, header);
  }
  if (!has_right_shape(opcode, header)) return fail_and_close(out, wire::invalid, input.size());

  // Nothing is held for who has not said who they are.
  if (!state.is_authenticated && !is_open_to_all(opcode.verb)) {
    out.status = wire::auth_error;
    return refuse(state, header);
  }
  out.verb = opcode.verb;
  out.quiet = opcode.quiet;
  out.wants_key = opcode.wants_key;
  out.cas = header.cas;
  out.has_cas = header.cas != 0;
  const char* extras = input.data() + wire::kHeaderBytes;
  read_extras(opcode, header, extras, out);
  out.key = out.wire_key = {extras + header.extras_bytes, header.key_bytes};
  if (opcode.verb == Verb::stats) out.text = out.key;
  if (opcode.value == ValueIs::absent) return {ParseStatus::complete, header.head_bytes(), 0};
  const bool is_sasl = opcode.verb == Verb::sasl_auth || opcode.verb == Verb::sasl_step;
  if (is_sasl && (header.key_bytes > limits::kMechanismBytesMax ||
                  header.value_bytes() > limits::kAuthenticationBytesMax)) {
    out.verb = Verb::reply;
    out.status = wire::invalid;
    return refuse(state, header);
  }
  if (!is_sasl && header.key_bytes + header.value_bytes() > limits.item_bytes_max) {
    out.refused_verb = out.verb;
    // A key that is too large alone was never stored.
    out.verb = header.value_bytes() > 0 ? Verb::refuse_too_large : Verb::reply;
    out.status = wire::too_large;
    return refuse(state, header);
  }
  if (input.size() < header.whole_bytes()) return {ParseStatus::need_more, 0, header.whole_bytes()};
  out.value = {out.key.data() + out.key.size(), header.value_bytes()};
  return {ParseStatus::complete, header.whole_bytes(), 0};
}

}  // namespace cachery::protocol
