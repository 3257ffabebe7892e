#include "serve/authentication.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/network.h"
#include "tenant/credential_form.h"

namespace cachery::serve {
namespace {

constexpr uint64_t kSecondNs = 1'000'000'000;
constexpr uint64_t kForgetNs = 60 * kSecondNs;
constexpr uint32_t kFreeFailures = 8;               // answered at once
constexpr uint64_t kFirstDelayNs = kSecondNs / 20;  // doubled with each failure
constexpr uint64_t kDelayNsMax = 2 * kSecondNs;
// A login with some blanks around it: what is larger is not looked at, for most values are.
constexpr size_t kMisspeltBytesMax = 64;

using tenant::kPasswordDigits;
using tenant::kUsernameDigits;

bool is_username(std::string_view text) {
  return text.size() == kUsernameDigits &&
         text.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::string_view without_blanks_around(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string upper(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  return out;
}

bool is_password(std::string_view text) {
  return text.size() == kPasswordDigits &&
         text.find_first_not_of("0123456789ABCDEF") == std::string_view::npos;
}

}  // namespace

const tenant::Entry* authenticate(const tenant::TenantTable& table, std::string_view username,
                                  std::string_view password, const tenant::Entry** known) {
  static constexpr tenant::PasswordDigest kNobody{};
  const tenant::Entry* entry = table.find_username(username);
  *known = entry;
  const tenant::PasswordDigest& expected =
      entry == nullptr ? kNobody : entry->credential->password_digest;
  const bool is_right = tenant::equal_in_constant_time(tenant::digest_password(password), expected);
  return is_right && entry != nullptr && entry->cache->is_enabled ? entry : nullptr;
}

bool split_plain(std::string_view message, std::string_view* username, std::string_view* password) {
  const size_t user_at = message.find('\0');
  if (user_at == std::string_view::npos) return false;
  const size_t password_at = message.find('\0', user_at + 1);
  if (password_at == std::string_view::npos) return false;
  *username = message.substr(user_at + 1, password_at - user_at - 1);
  *password = message.substr(password_at + 1);
  return true;
}

bool has_login_form(std::string_view key, std::string_view value) {
  if (value.size() == kPasswordDigits) return is_username(key) && is_password(value);
  return value.size() == kUsernameDigits + 1 + kPasswordDigits && value[kUsernameDigits] == ' ' &&
         is_username(value.substr(0, kUsernameDigits)) &&
         is_password(value.substr(kUsernameDigits + 1));
}

bool is_misspelt_login(const tenant::TenantTable& table, std::string_view key,
                       std::string_view value) {
  if (value.size() < kPasswordDigits || value.size() > kMisspeltBytesMax) return false;
  value = without_blanks_around(value);
  if (value.size() < kPasswordDigits) return false;
  const std::string password = upper(value.substr(value.size() - kPasswordDigits));
  const std::string_view before = value.substr(0, value.size() - kPasswordDigits);
  const std::string_view username = before.empty() ? key : without_blanks_around(before);
  const bool is_apart = before.empty() || is_blank(before.back());
  if (!is_apart || !is_username(username) || !is_password(password)) return false;
  const tenant::Entry* entry = table.find_username(username);
  return entry != nullptr && tenant::equal_in_constant_time(tenant::digest_password(password),
                                                            entry->credential->password_digest);
}

uint64_t FailureLog::note(const std::string& address, uint64_t now_ns) {
  std::string network = network_of_client(address);
  if (const auto at = by_network_.find(network); at != by_network_.end()) {
    failures_.splice(failures_.end(), failures_, at->second);
  } else {
    if (failures_.size() >= kAddressesMax) {
      by_network_.erase(failures_.front().network);
      failures_.pop_front();
    }
    failures_.push_back({.network = std::move(network)});
    by_network_.emplace(failures_.back().network, std::prev(failures_.end()));
  }
  Failures& failures = failures_.back();
  if (failures.last_ns + kForgetNs < now_ns) failures.count = 0;
  failures.last_ns = now_ns;
  ++failures.count;
  if (failures.count <= kFreeFailures) return now_ns;
  const uint32_t doublings = std::min(failures.count - kFreeFailures - 1, 10u);
  return now_ns + std::min(kFirstDelayNs << doublings, kDelayNsMax);
}

}  // namespace cachery::serve
