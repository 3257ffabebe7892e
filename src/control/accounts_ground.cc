#include "control/accounts_ground.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/random.h"

namespace cachery::control {
namespace {

bool is_printable(char c) { return c > ' ' && c < 127; }

// Characters that would end an address in a mail's head or a list of them.
bool is_email_character(char c) {
  return is_printable(c) && std::string_view("<>()[],;:\\\"").find(c) == std::string_view::npos;
}

bool is_domain(std::string_view domain) {
  const auto is_good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.';
  };
  return !domain.empty() && std::ranges::all_of(domain, is_good) && domain.front() != '.' &&
         domain.back() != '.' && domain.find("..") == std::string_view::npos;
}

}  // namespace

std::string make_secret() { return random_hex(32, HexCase::lower); }

SecretDigest digest_of(std::string_view secret) { return tenant::digest_password(secret); }

Status check_email(std::string_view email) {
  const size_t at = email.find('@');
  const bool is_good = email.size() <= kEmailBytesMax && at != std::string_view::npos && at > 0 &&
                       at <= 64 && std::ranges::all_of(email, is_email_character) &&
                       is_domain(email.substr(at + 1));
  if (is_good) return {};
  return fail(Fault::invalid, "\"email\" must be an address as name@example.org, in ASCII");
}

Status check_line(std::string_view what, std::string_view text, size_t bytes_max) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 127; };
  if (text.size() <= bytes_max && std::ranges::none_of(text, is_control)) return {};
  return fail(Fault::invalid,
              fmt::format("\"{}\" must be one line of at most {} bytes", what, bytes_max));
}

Result<AccountRecord> find_account(Records& records, AccountId id) {
  auto found = records.accounts().find(id);
  if (!found) return std::unexpected(found.error());
  if (*found) return std::move(**found);
  return fail(Fault::not_found, fmt::format("there is no account {}", id));
}

Actor actor_of(const AccountRecord& account, const Client& client) {
  return {.kind = ActorKind::account,
          .id = account.id,
          .name = account.email,
          .address = client.address};
}

Status note_account(const AccountsGround& ground, Records& records, const Actor& actor,
                    std::string_view action, AccountId account, boost::json::object before,
                    boost::json::object after) {
  return ground.audit.note(records, actor,
                           {.action = std::string(action),
                            .object_kind = "account",
                            .object_id = std::to_string(account),
                            .before = std::move(before),
                            .after = std::move(after)});
}

}  // namespace cachery::control
