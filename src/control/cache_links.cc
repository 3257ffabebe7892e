#include "control/cache_links.h"

#include <fmt/format.h>
#include <sodium.h>

#include <array>
#include <charconv>

#include "base/random.h"
#include "control/cache_name.h"
#include "control/credential_rights.h"
#include "control/records.h"

namespace cachery::control {
namespace {

constexpr size_t kSecretBytes = 16;
constexpr size_t kNonceBytes = 8;

std::string to_hex(const std::array<unsigned char, crypto_auth_hmacsha256_BYTES>& bytes) {
  std::string hex(2 * bytes.size() + 1, '\0');
  sodium_bin2hex(hex.data(), hex.size(), bytes.data(), bytes.size());
  hex.pop_back();  // the zero byte
  return hex;
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string sign(std::string_view secret, std::string_view text) {
  crypto_auth_hmacsha256_state state;
  std::array<unsigned char, crypto_auth_hmacsha256_BYTES> mac{};
  crypto_auth_hmacsha256_init(&state, bytes_of(secret), secret.size());
  crypto_auth_hmacsha256_update(&state, bytes_of(text), text.size());
  crypto_auth_hmacsha256_final(&state, mac.data());
  return to_hex(mac);
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

// A token is "<cache>.<expiry>.<nonce>.<signature of the three before it>".
struct Token {
  CacheId cache = 0;
  int64_t expires_unix_seconds = 0;
  std::string_view signed_part = {};
  std::string_view signature = {};
};

template <typename Number>
bool parse_number(std::string_view text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size();
}

bool parse(std::string_view text, Token& token) {
  const size_t first = text.find('.');
  const size_t second = first == text.npos ? text.npos : text.find('.', first + 1);
  const size_t last = text.rfind('.');
  if (second == text.npos || last <= second) return false;
  token.signed_part = text.substr(0, last);
  token.signature = text.substr(last + 1);
  return parse_number(text.substr(0, first), token.cache) &&
         parse_number(text.substr(first + 1, second - first - 1), token.expires_unix_seconds);
}

std::string signature_of(std::string_view secret, std::string_view signed_part) {
  return sign(secret, fmt::format("link session {}", signed_part));
}

LinkSession session_of(std::string_view secret, const Token& token) {
  LinkSession session{.cache = token.cache,
                      .expires_unix_seconds = token.expires_unix_seconds,
                      .token = fmt::format("{}.{}", token.signed_part, token.signature)};
  session.csrf_token = sign(secret, fmt::format("csrf {}", session.token));
  return session;
}

}  // namespace

std::string new_link_secret() { return random_hex(kSecretBytes, HexCase::lower); }

Result<std::string> CacheLinks::rotate(const Actor& actor, CacheId cache) {
  std::string secret = new_link_secret();
  const auto done = store_.write([&](Records& records) -> Status {
    auto record = find_live_cache(records, cache);
    if (!record) return std::unexpected(record.error());
    const auto may = check_team_is_answered_for(records, actor, *record);
    if (!may) return may;
    record->sealed_link_secret = sealer_.seal(secret);
    if (auto updated = records.caches().update(*record); !updated) return updated;
    return audit_.note(records, actor,
                       {.action = "cache.rotate_sso",
                        .object_kind = "cache",
                        .object_id = std::to_string(cache),
                        .cache = cache,
                        .team = record->team});
  });
  if (!done) return std::unexpected(done.error());
  return secret;
}

Result<std::string> CacheLinks::secret_of(CacheId cache) const {
  std::string sealed;
  const auto done = store_.read([&](Records& records) -> Status {
    const auto record = records.caches().find(cache);
    if (!record) return std::unexpected(record.error());
    if (*record && !(*record)->is_deleted()) sealed = (*record)->sealed_link_secret;
    return {};
  });
  if (!done) return std::unexpected(done.error());
  if (sealed.empty()) return std::string();
  return sealer_.open(sealed);
}

Result<LinkSession> CacheLinks::begin(CacheId cache, std::string_view given) const {
  const auto secret = secret_of(cache);
  if (!secret) return std::unexpected(secret.error());
  if (secret->empty() || !equal_in_constant_time(*secret, given)) {
    return fail(Fault::not_found, "this address is not valid any more: ask for the new one");
  }
  const int64_t expires = clock_.now().unix_seconds + kLinkSessionSeconds;
  const std::string signed_part =
      fmt::format("{}.{}.{}", cache, expires, random_hex(kNonceBytes, HexCase::lower));
  const std::string signature = signature_of(*secret, signed_part);
  return session_of(*secret, {cache, expires, signed_part, signature});
}

Result<LinkSession> CacheLinks::check(std::string_view text) const {
  Token token;
  if (parse(text, token) && clock_.now().unix_seconds < token.expires_unix_seconds) {
    const auto secret = secret_of(token.cache);
    if (!secret) return std::unexpected(secret.error());
    if (!secret->empty() &&
        equal_in_constant_time(signature_of(*secret, token.signed_part), token.signature)) {
      return session_of(*secret, token);
    }
  }
  return fail(Fault::unauthorized, "this session has ended: open the cache's address again");
}

}  // namespace cachery::control
