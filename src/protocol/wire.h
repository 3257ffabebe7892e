// The binary protocol's numbers (protocol-binary.txt of upstream): opcodes, statuses, a header of
// 24 bytes, all big-endian; loads and stores that need no alignment.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace cachery::protocol::wire {

inline constexpr size_t kHeaderBytes = 24;
inline constexpr uint8_t kRequestMagic = 0x80;
inline constexpr uint8_t kResponseMagic = 0x81;

// clang-format off
enum Opcode : uint8_t {
  op_get = 0x00, op_set = 0x01, op_add = 0x02, op_replace = 0x03, op_delete = 0x04,
  op_increment = 0x05, op_decrement = 0x06, op_quit = 0x07, op_flush = 0x08, op_getq = 0x09,
  op_noop = 0x0a, op_version = 0x0b, op_getk = 0x0c, op_getkq = 0x0d, op_append = 0x0e,
  op_prepend = 0x0f, op_stat = 0x10, op_setq = 0x11, op_addq = 0x12, op_replaceq = 0x13,
  op_deleteq = 0x14, op_incrementq = 0x15, op_decrementq = 0x16, op_quitq = 0x17,
  op_flushq = 0x18, op_appendq = 0x19, op_prependq = 0x1a, op_verbosity = 0x1b, op_touch = 0x1c,
  op_gat = 0x1d, op_gatq = 0x1e, op_sasl_list = 0x20, op_sasl_auth = 0x21, op_sasl_step = 0x22,
  op_gatk = 0x23, op_gatkq = 0x24,
};

enum Status : uint16_t {
  ok = 0, not_found = 1, exists = 2, too_large = 3, invalid = 4, not_stored = 5, non_numeric = 6,
  auth_error = 0x20, auth_continue = 0x21, unknown_command = 0x81, out_of_memory = 0x82,
};
// clang-format on

inline uint16_t load16(const char* at) {
  uint16_t number;
  std::memcpy(&number, at, sizeof number);
  return __builtin_bswap16(number);
}
inline uint32_t load32(const char* at) {
  uint32_t number;
  std::memcpy(&number, at, sizeof number);
  return __builtin_bswap32(number);
}
inline uint64_t load64(const char* at) {
  uint64_t number;
  std::memcpy(&number, at, sizeof number);
  return __builtin_bswap64(number);
}
inline char* store16(char* at, uint16_t number) {
  number = __builtin_bswap16(number);
  std::memcpy(at, &number, sizeof number);
  return at + sizeof number;
}
inline char* store32(char* at, uint32_t number) {
  number = __builtin_bswap32(number);
  std::memcpy(at, &number, sizeof number);
  return at + sizeof number;
}
inline char* store64(char* at, uint64_t number) {
  number = __builtin_bswap64(number);
  std::memcpy(at, &number, sizeof number);
  return at + sizeof number;
}

}  // namespace cachery::protocol::wire
