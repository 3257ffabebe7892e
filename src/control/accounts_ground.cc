#include "control/accounts_ground.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/random.h"

namespace cachery::control {
std::string make_secret() { return random_hex(32, HexCase::lower); }

SecretDigest digest_of(std::string_view secret) { return tenant::digest_password(secret); }

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
