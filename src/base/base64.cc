#include "base/base64.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace cachery {
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

// Calls put(block) for each three bytes. Returns how many bytes of them count.
template <typename Put>
size_t decode(std::string_view text, Put put) {
  size_t decoded = 0;
  uint32_t block = 0;
  int digits = 0;
  size_t padding = 0;
  for (const char c : text) {
    const uint8_t digit = kDecode[static_cast<unsigned char>(c)];
    if (digit == kNone) continue;
    if (padding > 0 && digits == 0) break;  // what follows the padded block is passed over
    padding += c == '=' ? 1u : 0u;
    block = block << 6 | digit;
    if (++digits < 4) continue;
    put(block);
    decoded += 3;
    block = 0;
    digits = 0;
  }
  return digits != 0 || padding > 2 ? 0 : decoded - padding;
}

}  // namespace

bool is_base64(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  return std::ranges::all_of(
      text, [](char c) { return c != '=' && kDecode[static_cast<unsigned char>(c)] != kNone; });
}

size_t base64_decoded_bytes(std::string_view text) {
  return decode(text, [](uint32_t) {});
}

size_t base64_decode(std::string_view text, char* out) {
  return decode(text, [&](uint32_t block) {
    *out++ = static_cast<char>(block >> 16);
    *out++ = static_cast<char>(block >> 8);
    *out++ = static_cast<char>(block);
  });
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

}  // namespace cachery
