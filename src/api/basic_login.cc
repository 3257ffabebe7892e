#include "api/basic_login.h"

#include <optional>
#include <string_view>

#include "base/base64.h"
#include "tenant/table.h"

namespace cachery::api {
namespace {

// The documented text of the analytics API.
constexpr const char* kBadUser = "Bad user";

// With or without its padding: clients differ.
std::optional<std::string> decode(std::string_view text) {
  if (!is_base64(text)) return std::nullopt;
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string padded(text);
  padded.resize((text.size() + 3) / 4 * 4, '=');
  std::string bytes(padded.size(), '\0');
  bytes.resize(base64_decode(padded, bytes.data()));
  return bytes;
}

struct NameAndPassword {
  std::string name;
  std::string password;
};

// Of "Authorization: Basic base64(name:password)", RFC 7617.
std::optional<NameAndPassword> read_header(std::string_view header) {
  constexpr std::string_view kScheme = "basic ";
  if (header.size() < kScheme.size()) return std::nullopt;
  for (size_t i = 0; i < kScheme.size(); ++i) {
    const char c = header[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) != kScheme[i]) {
      return std::nullopt;
    }
  }
  header.remove_prefix(kScheme.size());
  while (header.starts_with(' ')) header.remove_prefix(1);
  const auto decoded = decode(header);
  if (!decoded) return std::nullopt;
  const size_t colon = decoded->find(':');
  if (colon == std::string::npos) return std::nullopt;
  return NameAndPassword{decoded->substr(0, colon), decoded->substr(colon + 1)};
}

ApiCredential to_caller(const tenant::Entry& entry, const std::string& peer) {
  const tenant::Credential& credential = *entry.credential;
  return {.cache = entry.cache->id,
          .id = credential.id,
          .username = credential.username,
          .capabilities = credential.capabilities,
          .actor = {.kind = control::ActorKind::credential,
                    .id = credential.id,
                    .name = credential.username,
                    .address = peer}};
}

}  // namespace

Result<ApiCredential> BasicLogin::check(const http::Request& request) const {
  const auto given = read_header(request.header("Authorization"));
  const auto table = publisher_.table();
  if (!given || !table) return fail(Fault::unauthorized, kBadUser);
  const tenant::Entry* entry = table->find_username(given->name);
  const tenant::PasswordDigest known =
      entry != nullptr ? entry->credential->password_digest : tenant::PasswordDigest{};
  const bool is_right =
      tenant::equal_in_constant_time(tenant::digest_password(given->password), known);
  if (entry == nullptr || !is_right) return fail(Fault::unauthorized, kBadUser);
  if (!entry->credential->capabilities.api) {
    return fail(Fault::forbidden,
                "this credential lacks the api capability: give it to it, or use "
                "another one");
  }
  if (!entry->credential->key_prefix.empty()) {
    return fail(Fault::forbidden,
                "this credential sees only keys under its prefix: use one of the "
                "cache without a prefix");
  }
  if (uses_ != nullptr) uses_->note(entry->credential->id);
  return to_caller(*entry, request.peer);
}

uint32_t BasicLogin::take_rate(const ApiCredential& caller, http::Method method) const {
  if (rates_ == nullptr) return 0;
  return rates_->take(RequestRates::Whose::cache, caller.cache, method);
}

}  // namespace cachery::api
