#include "protocol/plain_line.h"

namespace cachery::protocol {
namespace {

constexpr size_t kCommandBytes = 4;  // "get ", "set "
constexpr uint32_t kDigitsMax = 9;   // which no 32-bit number overflows

// Decimal digits up to `stop`, and past it. Null: something else is there.
const char* read_number(const char* at, const char* end, char stop, uint32_t& number) {
  const char* const first = at;
  number = 0;
  while (at != end && static_cast<unsigned char>(*at - '0') < 10) {
    number = number * 10 + static_cast<uint32_t>(*at++ - '0');
  }
  const bool is_plain = at != first && at - first <= kDigitsMax && at != end && *at == stop;
  return is_plain ? at + 1 : nullptr;
}

bool is_line_end(const char* at, const char* end) {
  return end - at >= 2 && at[0] == '\r' && at[1] == '\n';
}

Parsed completed(const char* begin, const char* end) {
  return {ParseStatus::complete, static_cast<size_t>(end - begin), 0};
}

}  // namespace

std::optional<Parsed> parse_plain_line(const ParseLimits& limits, std::span<const char> input,
                                       Request& out) {
  if (input.size() < kCommandBytes + 3) return std::nullopt;
  const char* const begin = input.data();
  const char* const end = begin + input.size();
  const bool is_get = std::memcmp(begin, "get ", kCommandBytes) == 0;
  if (!is_get && std::memcmp(begin, "set ", kCommandBytes) != 0) return std::nullopt;
  const char* const key = begin + kCommandBytes;
  const char* at = find_blank(key, end);
  const auto key_bytes = static_cast<size_t>(at - key);
  if (at == end || key_bytes == 0 || key_bytes > limits.key_bytes_max) return std::nullopt;
  if (is_get) {
    if (!is_line_end(at, end)) return std::nullopt;
    out.verb = Verb::get;
    out.key = out.wire_key = {key, key_bytes};
    return completed(begin, at + 2);
  }
  if (*at != ' ') return std::nullopt;
  uint32_t flags = 0;
  uint32_t exptime = 0;
  uint32_t bytes = 0;
  if ((at = read_number(at + 1, end, ' ', flags)) == nullptr) return std::nullopt;
  if ((at = read_number(at, end, ' ', exptime)) == nullptr) return std::nullopt;
  if ((at = read_number(at, end, '\r', bytes)) == nullptr) return std::nullopt;
  const bool is_whole = at != end && *at == '\n' &&
                        static_cast<size_t>(end - at) >= size_t{bytes} + 3 &&
                        is_line_end(at + 1 + bytes, end);
  if (!is_whole || key_bytes + bytes > limits.item_bytes_max) return std::nullopt;
  out.verb = Verb::set;
  out.key = out.wire_key = {key, key_bytes};
  out.value = {at + 1, bytes};
  out.flags = flags;
  out.exptime = exptime;
  return completed(begin, at + 1 + bytes + 2);
}

}  // namespace cachery::protocol
