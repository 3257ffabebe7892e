#include "control/charges.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <numeric>
#include <tuple>
#include <utility>

namespace cachery::control {
namespace {

constexpr int64_t kHour = 3600;

// The hours of one month, each with the event that it is charged by.
class Hours {
 public:
  Hours(BillingMonth month, int64_t until)
      : start_(start_of(month)),
        end_(std::min(until, end_of(month))),
        payer_(static_cast<size_t>(hours_in(month)), nullptr) {}

  // `event` was in force from its time up to `replaced`.
  void put(const UsageEvent& event, int64_t replaced) {
    if (!event.is_charged) return;
    const int64_t from = std::max(event.at_unix_seconds, start_);
    const int64_t last = std::max(std::min(replaced, end_) - 1, event.at_unix_seconds);
    if (last < from || from >= end_) return;
    for (int64_t hour = (from - start_) / kHour; hour <= (last - start_) / kHour; ++hour) {
      const UsageEvent*& payer = payer_[static_cast<size_t>(hour)];
      if (payer == nullptr || payer->price_minor < event.price_minor) payer = &event;
    }
  }

  const std::vector<const UsageEvent*>& payers() const { return payer_; }

 private:
  int64_t start_;
  int64_t end_;
  std::vector<const UsageEvent*> payer_;
};

bool is_same_line(const ChargeLine& line, const UsageEvent& payer) {
  return line.team == payer.team && line.plan == payer.plan &&
         line.price_minor == payer.price_minor;
}

// The lines of a team together, else in the order that they had.
std::vector<ChargeLine> by_team(std::vector<ChargeLine> lines) {
  std::map<uint64_t, std::vector<ChargeLine>> teams;
  for (ChargeLine& line : lines) teams[line.team].push_back(std::move(line));
  lines.clear();
  for (auto& [team, own] : teams) std::ranges::move(own, std::back_inserter(lines));
  return lines;
}

std::vector<ChargeLine> count_hours(const Hours& hours) {
  std::vector<ChargeLine> lines;
  for (const UsageEvent* payer : hours.payers()) {
    if (payer == nullptr) continue;
    auto at = std::ranges::find_if(lines, [&](const auto& l) { return is_same_line(l, *payer); });
    if (at == lines.end()) {
      at = lines.insert(lines.end(), ChargeLine{.team = payer->team,
                                                .cache = payer->cache,
                                                .plan = payer->plan,
                                                .price_minor = payer->price_minor,
                                                .month_hours = std::ssize(hours.payers())});
    }
    ++at->hours;
  }
  return by_team(std::move(lines));
}

// Gives each line its amount, so that they add up to the exact sum, rounded once. All lines are of
// one cache and one team.
void share_out(std::span<ChargeLine> lines) {
  const int64_t whole = lines.front().month_hours;
  const auto exact = [](const ChargeLine& line) { return line.price_minor * line.hours; };
  int64_t sum = 0;
  int64_t given = 0;
  std::vector<ChargeLine*> by_loss;
  for (ChargeLine& line : lines) {
    sum += exact(line);
    line.amount_minor = exact(line) / whole;
    given += line.amount_minor;
    by_loss.push_back(&line);
  }
  const int64_t total = (2 * sum + whole) / (2 * whole);
  // Of equal ones the first.
  std::ranges::sort(by_loss, {}, [&](const ChargeLine* line) {
    return std::pair(-(exact(*line) % whole), line);
  });
  for (size_t i = 0; given < total; ++i, ++given) ++by_loss[i]->amount_minor;
}

// The lines of one cache, by its events in their order.
std::vector<ChargeLine> charge_cache(BillingMonth month, int64_t until,
                                     std::span<const UsageEvent* const> events) {
  Hours hours(month, until);
  for (size_t i = 0; i < events.size(); ++i) {
    const bool is_last = i + 1 == events.size();
    hours.put(*events[i], is_last ? until : events[i + 1]->at_unix_seconds);
  }
  auto lines = count_hours(hours);
  for (ChargeLine& line : lines) line.cache_name = events.back()->cache_name;
  for (auto at = lines.begin(); at != lines.end();) {
    const auto end = std::find_if(at, lines.end(), [&](auto& l) { return l.team != at->team; });
    share_out({at, end});
    at = end;
  }
  return lines;
}

}  // namespace

std::vector<ChargeLine> charge(BillingMonth month, int64_t until,
                               std::span<const UsageEvent> events) {
  const int64_t end = std::min(until, end_of(month));
  std::vector<const UsageEvent*> sorted;
  for (const UsageEvent& event : events) {
    if (event.at_unix_seconds < end) sorted.push_back(&event);
  }
  std::ranges::sort(sorted, {}, [](const UsageEvent* event) {
    return std::tuple(event->cache, event->at_unix_seconds, event->id);
  });
  std::vector<ChargeLine> lines;
  for (auto at = sorted.begin(); at != sorted.end();) {
    const auto next = std::find_if(at, sorted.end(),
                                   [&](const UsageEvent* e) { return e->cache != (*at)->cache; });
    std::ranges::move(charge_cache(month, end, {at, next}), std::back_inserter(lines));
    at = next;
  }
  return by_team(std::move(lines));
}

int64_t total_minor(std::span<const ChargeLine> lines) {
  const auto add = [](int64_t sum, const ChargeLine& line) { return sum + line.amount_minor; };
  return std::accumulate(lines.begin(), lines.end(), int64_t{0}, add);
}

}  // namespace cachery::control
