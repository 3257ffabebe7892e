// The two lines that nearly all text requests are, `get KEY` and `set KEY FLAGS EXPTIME BYTES`,
// read in one pass with nothing odd about them: one space between words, plain digits, CR LF, all
// of it here. Everything else is left to ascii_parse.cc, which alone says what is right and what is
// not; a fuzzer holds the two to the same answer. Internal to protocol/.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

#include "protocol/parse.h"

namespace cachery::protocol {

// The first byte that is a space or less, from `at` on; `end` when there is none. Eight at a time:
// a borrow can mark a byte wrongly only behind one that is marked rightly.
inline const char* find_blank(const char* at, const char* end) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  for (; end - at >= 8; at += 8) {
    uint64_t word;
    std::memcpy(&word, at, sizeof word);
    const uint64_t marks = (word - kOnes * 0x21) & ~word & kOnes * 0x80;
    if (marks == 0) continue;
    if constexpr (std::endian::native == std::endian::little) {
      return at + (static_cast<unsigned>(std::countr_zero(marks)) >> 3);
    }
    break;
  }
  while (at != end && static_cast<unsigned char>(*at) > ' ') ++at;
  return at;
}

// Nothing: read it the long way. Of an authenticated connection that is not within a get line.
std::optional<Parsed> parse_plain_line(const ParseLimits& limits, std::span<const char> input,
                                       Request& out);

// What ascii_parse.cc makes of the same bytes: for the fuzzer, which compares.
Parsed parse_line_the_long_way(ParseState& state, const ParseLimits& limits,
                               std::span<const char> input, Request& out);

}  // namespace cachery::protocol
