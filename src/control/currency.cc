#include "control/currency.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace cachery::control {
namespace {

// ISO 4217, list one: all that differ from two decimals.
constexpr std::array<std::string_view, 17> kNoDecimals = {"BIF", "CLP", "DJF", "GNF", "ISK", "JPY",
                                                          "KMF", "KRW", "PYG", "RWF", "UGX", "UYI",
                                                          "VND", "VUV", "XAF", "XOF", "XPF"};
constexpr std::array<std::string_view, 7> kThreeDecimals = {"BHD", "IQD", "JOD", "KWD",
                                                            "LYD", "OMR", "TND"};
constexpr std::array<std::string_view, 2> kFourDecimals = {"CLF", "UYW"};

bool is_in(auto& codes, std::string_view code) {
  return std::ranges::find(codes, code) != codes.end();
}

}  // namespace

Status check_currency(std::string_view code) {
  const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  if (code.size() == 3 && std::ranges::all_of(code, is_capital)) return {};
  return fail(Fault::invalid, fmt::format("\"{}\" is no currency: write its three letters of ISO "
                                          "4217, as USD or EUR",
                                          code.substr(0, 16)));
}

int decimals_of(std::string_view code) {
  if (is_in(kNoDecimals, code)) return 0;
  if (is_in(kThreeDecimals, code)) return 3;
  if (is_in(kFourDecimals, code)) return 4;
  return 2;
}

std::string format_minor(int64_t amount_minor, std::string_view code) {
  const int decimals = decimals_of(code);
  if (decimals == 0) return fmt::format("{}", amount_minor);
  const bool is_negative = amount_minor < 0;
  // As text, so that the least number that there is has a positive counterpart.
  std::string digits = fmt::format("{}", amount_minor).substr(is_negative ? 1 : 0);
  const auto least = static_cast<size_t>(decimals) + 1;
  if (digits.size() < least) digits.insert(0, least - digits.size(), '0');
  digits.insert(digits.size() - static_cast<size_t>(decimals), ".");
  return is_negative ? "-" + digits : digits;
}

}  // namespace cachery::control
