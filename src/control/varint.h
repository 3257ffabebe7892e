// Numbers as LEB128: seven bits a byte, so that small ones take a byte. What samples and histograms
// are packed with.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cachery::control {

inline void put_varint(uint64_t value, std::string& out) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80);
    value >>= 7;
  }
  out += static_cast<char>(value);
}

// Takes one from the front of `bytes`; nullopt where they are none.
inline std::optional<uint64_t> take_varint(std::string_view& bytes) {
  uint64_t value = 0;
  for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<uint8_t>(bytes.front());
    bytes.remove_prefix(1);
    value |= uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

}  // namespace cachery::control
