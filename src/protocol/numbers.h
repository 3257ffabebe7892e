// Decimal numbers in a command line, strict as upstream reads them: digits only, a minus only where
// the type is signed, no overflow.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>

namespace cachery::protocol {

template <typename Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const char* end = text.data() + text.size();
  const auto [stop, status] = std::from_chars(text.data(), end, number);
  if (status != std::errc() || stop != end || text.empty()) return std::nullopt;
  return number;
}

}  // namespace cachery::protocol
