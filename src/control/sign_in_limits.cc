#include "control/sign_in_limits.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/network.h"

namespace cachery::control {
namespace {

struct Row {
  Attempted what;
  Rate by_address;
  Rate by_account;
};

// An office behind one address can mistype; one account is guessed at no faster than this from the
// whole world: 2,890 tries a day.
constexpr Row kRows[] = {
    {Attempted::sign_in, {3 * kSecondNs, 30}, {30 * kSecondNs, 10}},
    // Three codes of a million are right at a time: 720 guesses a day, by who knows the password.
    {Attempted::second_factor, {3 * kSecondNs, 30}, {120 * kSecondNs, 5}},
    {Attempted::reset, {30 * kSecondNs, 10}, {600 * kSecondNs, 3}},
    {Attempted::sign_up, {30 * kSecondNs, 10}, {600 * kSecondNs, 3}},
};

const Row& row_of(Attempted what) { return kRows[static_cast<size_t>(what)]; }
static_assert(kRows[static_cast<size_t>(Attempted::sign_up)].what == Attempted::sign_up);

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return out;
}

}  // namespace

SignInLimits::SignInLimits(const Clock& clock) : clock_(clock) {}

std::vector<RateTable::Claim> SignInLimits::claims_of(const Attempt& attempt) const {
  const Row& row = row_of(attempt.what);
  const uint64_t kind = 2 * static_cast<uint64_t>(attempt.what);
  std::vector<RateTable::Claim> claims{
      {rates_.key_of(kind, network_of_client(attempt.address)), row.by_address}};
  if (!attempt.account.empty()) {
    claims.push_back({rates_.key_of(kind + 1, lower(attempt.account)), row.by_account});
  }
  return claims;
}

uint32_t SignInLimits::take(const Attempt& attempt) {
  const uint64_t wait = rates_.take(claims_of(attempt), clock_.now().steady_ns);
  Counts& counts = counts_[static_cast<size_t>(attempt.what)];
  ++(wait > 0 ? counts.refused : counts.taken);
  return seconds_of_wait(wait);
}

void SignInLimits::give_back(const Attempt& attempt) {
  ++counts_[static_cast<size_t>(attempt.what)].succeeded;
  rates_.give_back(claims_of(attempt), clock_.now().steady_ns);
}

std::string SignInLimits::metrics() const {
  constexpr const char* kNames[] = {"sign_in", "second_factor", "reset", "sign_up"};
  static_assert(std::size(kNames) == std::size(kRows));
  std::string text =
      "# HELP cachery_account_attempts_total Attempts of people to sign in or up, by what became "
      "of "
      "them\n# TYPE cachery_account_attempts_total counter\n";
  for (size_t i = 0; i < counts_.size(); ++i) {
    const auto add = [&](const char* result, uint64_t count) {
      text += fmt::format("cachery_account_attempts_total{{what=\"{}\",result=\"{}\"}} {}\n",
                          kNames[i], result, count);
    };
    add("taken", counts_[i].taken);
    add("refused", counts_[i].refused);
    add("succeeded", counts_[i].succeeded);
  }
  return text;
}

}  // namespace cachery::control
