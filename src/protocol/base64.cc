#include "protocol/base64.h"

#include <array>
#include <cstdint>

namespace cachery::protocol {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr uint8_t kNone = 0x80;

constexpr std::array<uint8_t, 256> make_decode_table() {
  std::array<uint8_t, 256> table{};
  table.fill(kNone);
  for (size_t i = 0; i < kAlphabet.size(); ++i) {
    table[static_cast<unsigned char>(kAlphabet[i])] = static_cast<uint8_t>(i);
  }
  table['='] = 0;
  return table;
}
constexpr std::array<uint8_t, 256> kDecode = make_decode_table();

}  // namespace

size_t base64_decode_in_place(char* text, size_t bytes) {
  char* out = text;
  uint32_t block = 0;
  int digits = 0;
  int padding = 0;
  for (size_t i = 0; i < bytes; ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (kDecode[c] == kNone) continue;
    if (padding > 0 && digits == 0) break;  // what follows the padded block is passed over
    padding += c == '=' ? 1 : 0;
    block = block << 6 | kDecode[c];
    if (++digits < 4) continue;
    *out++ = static_cast<char>(block >> 16);
    *out++ = static_cast<char>(block >> 8);
    *out++ = static_cast<char>(block);
    block = 0;
    digits = 0;
  }
  if (digits != 0 || padding > 2) return 0;
  return static_cast<size_t>(out - text) - static_cast<size_t>(padding);
}

char* base64_encode(std::string_view bytes, char* out) {
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t left = bytes.size() - i;
    const auto at = [&](size_t k) {
      return k < left ? uint32_t{static_cast<unsigned char>(bytes[i + k])} : 0u;
    };
    const uint32_t block = at(0) << 16 | at(1) << 8 | at(2);
    *out++ = kAlphabet[block >> 18];
    *out++ = kAlphabet[block >> 12 & 63];
    *out++ = left > 1 ? kAlphabet[block >> 6 & 63] : '=';
    *out++ = left > 2 ? kAlphabet[block & 63] : '=';
  }
  return out;
}

}  // namespace cachery::protocol
