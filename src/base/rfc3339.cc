#include "base/rfc3339.h"

#include <fmt/format.h>

#include <chrono>

namespace cachery {
namespace {

// Reads from the front of a text; is_good turns false at the first thing that does not fit.
struct Reader {
  std::string_view left;
  bool is_good = true;

  int number(size_t digits_count) {
    int value = 0;
    for (size_t i = 0; i < digits_count; ++i) {
      if (left.empty() || left[0] < '0' || left[0] > '9') {
        is_good = false;
        return 0;
      }
      value = value * 10 + (left[0] - '0');
      left.remove_prefix(1);
    }
    return value;
  }
  char any_of(std::string_view allowed) {
    if (left.empty() || allowed.find(left[0]) == std::string_view::npos) {
      is_good = false;
      return '\0';
    }
    const char found = left[0];
    left.remove_prefix(1);
    return found;
  }
  void fraction() {
    if (left.empty() || left[0] != '.') return;
    left.remove_prefix(1);
    number(1);
    while (!left.empty() && left[0] >= '0' && left[0] <= '9') left.remove_prefix(1);
  }
};

int64_t offset_seconds(Reader& reader) {
  const char sign = reader.any_of("Zz+-");
  if (sign != '+' && sign != '-') return 0;
  const int hours = reader.number(2);
  reader.any_of(":");
  const int minutes = reader.number(2);
  reader.is_good &= hours < 24 && minutes < 60;
  const int64_t seconds = hours * 3600 + minutes * 60;
  return sign == '-' ? -seconds : seconds;
}

}  // namespace

std::optional<int64_t> parse_rfc3339(std::string_view text) {
  Reader reader{text};
  const std::chrono::year year(reader.number(4));
  reader.any_of("-");
  const std::chrono::month month(static_cast<unsigned>(reader.number(2)));
  reader.any_of("-");
  const std::chrono::day day(static_cast<unsigned>(reader.number(2)));
  reader.any_of("Tt ");
  const int hours = reader.number(2);
  reader.any_of(":");
  const int minutes = reader.number(2);
  reader.any_of(":");
  const int seconds = reader.number(2);
  reader.fraction();
  const int64_t offset = offset_seconds(reader);
  const std::chrono::year_month_day date(year, month, day);
  // 60 is a leap second, which Unix time does not have: it is the second after.
  const bool is_good = reader.is_good && reader.left.empty() && date.ok() && hours < 24 &&
                       minutes < 60 && seconds <= 60;
  if (!is_good) return std::nullopt;
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return days * 86'400 + hours * 3600 + minutes * 60 + seconds - offset;
}

std::string format_rfc3339(int64_t unix_seconds) {
  const std::chrono::sys_seconds time{std::chrono::seconds(unix_seconds)};
  const auto days = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(days);
  const std::chrono::hh_mm_ss clock(time - days);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

}  // namespace cachery
