#include "protocol/parse.h"
#include "protocol/wire.h"

namespace cachery::protocol {
namespace {

std::string_view peek_binary_key(std::string_view input) {
  if (input.size() < wire::kHeaderBytes) return {};
  const size_t start = wire::kHeaderBytes + static_cast<uint8_t>(input[4]);
  const size_t bytes = wire::load16(input.data() + 2);
  return start + bytes <= input.size() ? input.substr(start, bytes) : std::string_view{};
}

}  // namespace

// A line's second word: the key of all commands but gat and gats.
std::string_view peek_key(std::string_view input, bool is_binary) {
  if (is_binary) return peek_binary_key(input);
  const size_t start = input.find(' ') + 1;
  if (start == 0 || start > sizeof "replace ") return {};
  for (size_t end = start; end < input.size(); ++end) {
    if (input[end] <= ' ') return input.substr(start, end - start);
  }
  return {};
}

}  // namespace cachery::protocol
