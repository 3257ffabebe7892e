// GET, SET and GETKQ with NOOP of memcache's binary protocol. The opaque is the position of the key
// in its request.
#include <array>

#include "bench/dialect.h"

namespace cachery::bench {
namespace {

constexpr size_t kHeaderBytes = 24;
constexpr uint8_t kGet = 0x00, kSet = 0x01, kNoop = 0x0a, kGetKeyQuiet = 0x0d;
constexpr unsigned kMiss = 0x01;

struct Lengths {
  size_t key = 0;
  size_t extras = 0;
  size_t value = 0;
};

char* write_number(char* out, uint64_t number, size_t bytes) {
  for (size_t i = bytes; i-- > 0; number >>= 8) out[i] = static_cast<char>(number & 255);
  return out + bytes;
}

uint64_t read_number(std::string_view text) {
  uint64_t number = 0;
  for (const char c : text) number = number << 8 | static_cast<uint8_t>(c);
  return number;
}

char* write_header(char* out, uint8_t opcode, Lengths lengths, uint64_t opaque) {
  out = write_number(out, 0x80, 1);
  out = write_number(out, opcode, 1);
  out = write_number(out, lengths.key, 2);
  out = write_number(out, lengths.extras, 1);
  out = write_number(out, 0, 3);  // data type, vbucket
  out = write_number(out, lengths.key + lengths.extras + lengths.value, 4);
  out = write_number(out, opaque, 4);
  return write_number(out, 0, 8);  // cas
}

class BinaryDialect final : public Dialect {
 public:
  explicit BinaryDialect(const KeySpace& key_space) : key_space_(key_space) {}

  size_t request_bytes_max(size_t keys) const override {
    return (keys + 1) * (kHeaderBytes + key_space_.key_bytes()) + key_space_.value_bytes() + 8;
  }

  char* compose_get(char* out, std::span<const uint64_t> keys) const override {
    const uint8_t opcode = keys.size() == 1 ? kGet : kGetKeyQuiet;
    for (size_t i = 0; i < keys.size(); ++i) {
      out = write_header(out, opcode, {.key = key_space_.key_bytes()}, i);
      out = key_space_.write_key(out, keys[i]);
    }
    return keys.size() == 1 ? out : write_header(out, kNoop, {}, keys.size());
  }

  char* compose_set(char* out, uint64_t key) const override {
    const Lengths lengths{key_space_.key_bytes(), 8, key_space_.value_bytes()};
    out = write_number(write_header(out, kSet, lengths, 0), 0, 8);  // flags, expiry
    return key_space_.write_value(key_space_.write_key(out, key), key);
  }

  ReadResult read(Operation& operation, std::string_view input, Tally& tally) const override {
    if (input.size() < kHeaderBytes) return {};
    if (static_cast<uint8_t>(input[0]) != 0x81) return {Reading::malformed, 0};
    const size_t bytes = kHeaderBytes + read_number(input.substr(8, 4));
    if (input.size() < bytes) return {};
    const size_t before_value =
        kHeaderBytes + read_number(input.substr(2, 2)) + static_cast<uint8_t>(input[4]);
    if (before_value > bytes) return {Reading::malformed, 0};
    count(operation, input.substr(0, bytes), before_value, tally);
    return {Reading::element, bytes};
  }

 private:
  void count(Operation& operation, std::string_view packet, size_t before_value,
             Tally& tally) const {
    const auto opcode = static_cast<uint8_t>(packet[1]);
    const auto status = static_cast<unsigned>(read_number(packet.substr(6, 2)));
    const uint64_t opaque = read_number(packet.substr(12, 4));
    operation.is_done = opcode == kNoop || opcode == kGet || opcode == kSet;
    if (opcode == kNoop || (opcode == kGet && status == kMiss)) {
      finish_get(operation, tally);
    } else if (status != 0) {
      tally.add_error(packet.substr(before_value));
    } else if (opcode == kSet && operation.verb == Verb::set) {
      ++tally.stored;
    } else if (answer_key(operation, tally, [&](uint64_t, size_t at) { return at == opaque; })) {
      count_value(key_space_, operation, packet.substr(before_value), tally);
    } else {
      ++tally.wrong_values;
    }
  }

  const KeySpace& key_space_;
};

}  // namespace

std::unique_ptr<Dialect> make_binary_dialect(const KeySpace& key_space) {
  return std::make_unique<BinaryDialect>(key_space);
}

}  // namespace cachery::bench
