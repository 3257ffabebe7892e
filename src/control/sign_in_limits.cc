#include "control/sign_in_limits.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>

#include "base/check.h"
#include "base/network.h"

namespace cachery::control {
namespace {

constexpr uint64_t kSecond = 1'000'000'000;

struct Row {
  Attempted what;
  Rate by_address;
  Rate by_account;
};

// An office behind one address can mistype; one account is guessed at no faster than this from the
// whole world: 2,890 tries a day.
constexpr Row kRows[] = {
    {Attempted::sign_in, {3 * kSecond, 30}, {30 * kSecond, 10}},
    // Three codes of a million are right at a time: 720 guesses a day, by who knows the password.
    {Attempted::second_factor, {3 * kSecond, 30}, {120 * kSecond, 5}},
    {Attempted::reset, {30 * kSecond, 10}, {600 * kSecond, 3}},
    {Attempted::sign_up, {30 * kSecond, 10}, {600 * kSecond, 3}},
};

const Row& row_of(Attempted what) { return kRows[static_cast<size_t>(what)]; }
static_assert(kRows[static_cast<size_t>(Attempted::sign_up)].what == Attempted::sign_up);

std::array<uint8_t, 16> make_key() {
  CHECK(sodium_init() >= 0);
  std::array<uint8_t, 16> key{};
  randombytes_buf(key.data(), key.size());
  return key;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return out;
}

size_t place_of(const std::array<uint8_t, 16>& key, Attempted what, char kind,
                const std::string& name) {
  static_assert(crypto_shorthash_KEYBYTES == 16 && crypto_shorthash_BYTES == 8);
  const std::string text =
      std::string{static_cast<char>('0' + static_cast<int>(what)), kind} + name;
  std::array<uint8_t, 8> hash{};
  crypto_shorthash(hash.data(), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                   key.data());
  return (size_t{hash[0]} | size_t{hash[1]} << 8) % SignInLimits::kPlaces;
}

// How long until one more is within the rate; 0: now.
uint64_t wait_ns(uint64_t forgiven_at_ns, const Rate& rate, uint64_t now_ns) {
  const uint64_t debt = forgiven_at_ns > now_ns ? forgiven_at_ns - now_ns : 0;
  const uint64_t allowed = rate.interval_ns * (rate.burst_count - 1);
  return debt > allowed ? debt - allowed : 0;
}

void count(uint64_t& forgiven_at_ns, const Rate& rate, uint64_t now_ns) {
  forgiven_at_ns = std::max(forgiven_at_ns, now_ns) + rate.interval_ns;
}

}  // namespace

SignInLimits::SignInLimits(const Clock& clock)
    : clock_(clock), key_(make_key()), forgiven_at_ns_(kPlaces) {}

std::vector<SignInLimits::Place> SignInLimits::places_of(const Attempt& attempt) {
  const Row& row = row_of(attempt.what);
  const size_t address = place_of(key_, attempt.what, 'a', network_of_client(attempt.address));
  std::vector<Place> places{{&forgiven_at_ns_[address], row.by_address}};
  if (attempt.account.empty()) return places;
  const size_t account = place_of(key_, attempt.what, 'n', lower(attempt.account));
  places.push_back({&forgiven_at_ns_[account], row.by_account});
  return places;
}

uint32_t SignInLimits::take(const Attempt& attempt) {
  const uint64_t now_ns = clock_.now().steady_ns;
  const std::lock_guard lock(mutex_);
  const std::vector<Place> places = places_of(attempt);
  uint64_t wait = 0;
  for (const Place& place : places) {
    wait = std::max(wait, wait_ns(*place.forgiven_at_ns, place.rate, now_ns));
  }
  Counts& counts = counts_[static_cast<size_t>(attempt.what)];
  ++(wait > 0 ? counts.refused : counts.taken);
  if (wait > 0) return static_cast<uint32_t>((wait + kSecond - 1) / kSecond);
  for (const Place& place : places) count(*place.forgiven_at_ns, place.rate, now_ns);
  return 0;
}

void SignInLimits::give_back(const Attempt& attempt) {
  ++counts_[static_cast<size_t>(attempt.what)].succeeded;
  const std::lock_guard lock(mutex_);
  for (const Place& place : places_of(attempt)) {
    *place.forgiven_at_ns -= std::min(*place.forgiven_at_ns, place.rate.interval_ns);
  }
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
