#include "control/billing_month.h"

#include <fmt/format.h>

#include <charconv>

namespace cachery::control {
namespace {

// -1 unless all of the text is digits.
int digits(std::string_view text) {
  int value = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() ? value : -1;
}

}  // namespace

BillingMonth month_of(int64_t unix_seconds) {
  const std::chrono::sys_seconds at{std::chrono::seconds{unix_seconds}};
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(at)};
  return day.year() / day.month();
}

BillingMonth next_month(BillingMonth month) { return month + std::chrono::months{1}; }

int64_t start_of(BillingMonth month) {
  const std::chrono::sys_seconds start{std::chrono::sys_days{month / std::chrono::day{1}}};
  return start.time_since_epoch().count();
}

int64_t end_of(BillingMonth month) { return start_of(next_month(month)); }

int64_t hours_in(BillingMonth month) { return (end_of(month) - start_of(month)) / 3600; }

std::string name_of(BillingMonth month) {
  return fmt::format("{:04}-{:02}", static_cast<int>(month.year()),
                     static_cast<unsigned>(month.month()));
}

Result<BillingMonth> parse_month(std::string_view text) {
  const bool has_shape = text.size() == 7 && text[4] == '-' && text[0] != '-' && text[5] != '-';
  const int year = has_shape ? digits(text.substr(0, 4)) : -1;
  const int number = has_shape ? digits(text.substr(5)) : -1;
  if (year >= 1970 && number >= 1 && number <= 12) {
    return std::chrono::year{year} / std::chrono::month{static_cast<unsigned>(number)};
  }
  return fail(Fault::invalid,
              fmt::format("\"{}\" is no month: write it as 2024-02", text.substr(0, 32)));
}

}  // namespace cachery::control
