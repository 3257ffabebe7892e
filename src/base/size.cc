#include "base/size.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>

namespace cachery {
namespace {

constexpr std::array<std::string_view, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};

// The power of 1024 that a unit's text names, or -1.
int unit_power(std::string_view unit) {
  if (unit.empty() || unit == "b" || unit == "B") return 0;
  const std::string_view letters = "kKmMgGtT";
  const size_t at = letters.find(unit.front());
  if (at == std::string_view::npos) return -1;
  const std::string_view rest = unit.substr(1);
  const bool known = rest.empty() || rest == "b" || rest == "B" || rest == "iB" || rest == "ib";
  return known ? static_cast<int>(at / 2) + 1 : -1;
}

}  // namespace

Result<uint64_t> parse_size(std::string_view text) {
  double number = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), number);
  std::string_view unit(end, static_cast<size_t>(text.data() + text.size() - end));
  while (!unit.empty() && unit.front() == ' ') unit.remove_prefix(1);
  const int power = unit_power(unit);
  const double bytes = std::ldexp(number, 10 * power);
  if (status != std::errc() || power < 0 || !(bytes >= 0) || bytes > 0x1p62) {
    return fail(Fault::invalid,
                fmt::format("\"{}\" is not a size: write for example 64m, 1.5g or 1048576", text));
  }
  return static_cast<uint64_t>(bytes);
}

std::string format_size(uint64_t bytes) {
  double value = static_cast<double>(bytes);
  size_t unit = 0;
  while (value >= 1024 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  const bool whole = value == std::floor(value) || unit == 0;
  return whole ? fmt::format("{:.0f} {}", value, kUnits[unit])
               : fmt::format("{:.1f} {}", value, kUnits[unit]);
}

}  // namespace cachery
