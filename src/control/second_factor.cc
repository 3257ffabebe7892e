#include "control/second_factor.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>

#include "base/check.h"
#include "control/one_time_secret_records.h"
#include "control/totp.h"
#include "control/transaction.h"

namespace cachery::control {
namespace {

constexpr size_t kRecoveryCodeBytes = 10;
constexpr size_t kRecoveryCodeDigits = 16;

std::string random_bytes(size_t count) {
  CHECK(sodium_init() >= 0);
  std::string bytes(count, '\0');
  randombytes_buf(bytes.data(), bytes.size());
  return bytes;
}

// Without what people put between: "ABCD-EFGH" and "abcd efgh" are the same.
std::string plain(std::string_view code) {
  std::string out;
  for (const char c : code) {
    if (c == '-' || c == ' ') continue;
    out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  }
  return out;
}

std::string make_recovery_code() {
  std::string code = plain(base32(random_bytes(kRecoveryCodeBytes)));
  for (size_t at = kRecoveryCodeDigits - 4; at > 0; at -= 4) code.insert(at, 1, '-');
  return code;
}

std::unexpected<Error> none_in_force() {
  return fail(Fault::conflict, "this account has no second factor: set one up first");
}

}  // namespace

Result<SecondFactorKey> SecondFactor::begin(const Actor& actor, AccountId id) const {
  const std::string key = random_bytes(kTotpKeyBytes);
  return write(ground_.store, [&](Records& records) -> Result<SecondFactorKey> {
    auto account = find_account(records, id);
    if (!account) return std::unexpected(account.error());
    if (account->has_second_factor) {
      return fail(Fault::conflict, "this account has a second factor: remove it first");
    }
    account->sealed_totp_key = ground_.sealer.seal(key);
    account->totp_step = 0;
    if (auto done = records.accounts().update(*account); !done) {
      return std::unexpected(done.error());
    }
    const auto noted = note_account(ground_, records, actor, "account.begin_second_factor", id);
    if (!noted) return std::unexpected(noted.error());
    return SecondFactorKey{base32(key), totp_uri("Cachery", account->email, key)};
  });
}

Result<std::vector<std::string>> SecondFactor::enable(const Actor& actor, AccountId id,
                                                      std::string_view code) const {
  return write(ground_.store, [&](Records& records) -> Result<std::vector<std::string>> {
    auto account = find_account(records, id);
    if (!account) return std::unexpected(account.error());
    if (account->has_second_factor || account->sealed_totp_key.empty()) {
      return fail(Fault::conflict, account->has_second_factor
                                       ? "the second factor is in force already"
                                       : "ask for a key first, and give it to the authenticator");
    }
    const auto key = ground_.sealer.open(account->sealed_totp_key);
    if (!key) return std::unexpected(key.error());
    const auto step = find_totp_step(*key, plain(code), ground_.now(), account->totp_step);
    if (!step) {
      return fail(Fault::invalid,
                  "this is not the code that the authenticator shows now: is the "
                  "time of both right?");
    }
    account->totp_step = *step;
    account->has_second_factor = true;
    if (auto done = records.accounts().update(*account); !done) {
      return std::unexpected(done.error());
    }
    const auto noted = note_account(ground_, records, actor, "account.enable_second_factor", id);
    if (!noted) return std::unexpected(noted.error());
    return set_recovery_codes(records, id);
  });
}

Status SecondFactor::disable(const Actor& actor, AccountId id, std::string_view password) const {
  if (auto right = check_password_of(id, password); !right) return right;
  return disable_as_operator(actor, id);
}

Status SecondFactor::disable_as_operator(const Actor& actor, AccountId id) const {
  return ground_.store.write([&](Records& records) -> Status {
    auto account = find_account(records, id);
    if (!account) return std::unexpected(account.error());
    if (!account->has_second_factor) return none_in_force();
    account->has_second_factor = false;
    account->sealed_totp_key.clear();
    if (auto done = records.accounts().update(*account); !done) return done;
    if (auto done = records.secrets().set_recovery_codes(id, {}); !done) return done;
    const Mail mail = security_mail(ground_.links, account->email, "the second factor was removed");
    const auto queued = ground_.mails.enqueue(records, mail, {.kind = MailKind::security});
    if (!queued) return std::unexpected(queued.error());
    return note_account(ground_, records, actor, "account.remove_second_factor", id);
  });
}

Result<std::vector<std::string>> SecondFactor::renew_recovery_codes(
    const Actor& actor, AccountId id, std::string_view password) const {
  if (auto right = check_password_of(id, password); !right) return std::unexpected(right.error());
  return write(ground_.store, [&](Records& records) -> Result<std::vector<std::string>> {
    const auto account = find_account(records, id);
    if (!account) return std::unexpected(account.error());
    if (!account->has_second_factor) return none_in_force();
    const auto noted = note_account(ground_, records, actor, "account.renew_recovery_codes", id);
    if (!noted) return std::unexpected(noted.error());
    return set_recovery_codes(records, id);
  });
}

Result<uint64_t> SecondFactor::count_recovery_codes(AccountId account) const {
  return read(ground_.store,
              [&](Records& records) { return records.secrets().count_recovery_codes(account); });
}

Result<bool> SecondFactor::take(Records& records, const AccountRecord& account,
                                std::string_view code) const {
  const std::string given = plain(code);
  if (given.size() == kRecoveryCodeDigits) {
    return records.secrets().take_recovery_code(account.id, digest_of(given));
  }
  const auto key = ground_.sealer.open(account.sealed_totp_key);
  if (!key) return std::unexpected(key.error());
  const auto step = find_totp_step(*key, given, ground_.now(), account.totp_step);
  if (!step) return false;
  AccountRecord used = account;
  used.totp_step = *step;
  if (auto updated = records.accounts().update(used); !updated) {
    return std::unexpected(updated.error());
  }
  return true;
}

Result<std::vector<std::string>> SecondFactor::set_recovery_codes(Records& records,
                                                                  AccountId account) const {
  std::vector<std::string> codes(kRecoveryCodes);
  std::ranges::generate(codes, make_recovery_code);
  std::vector<SecretDigest> digests;
  for (const std::string& code : codes) digests.push_back(digest_of(plain(code)));
  if (auto set = records.secrets().set_recovery_codes(account, digests); !set) {
    return std::unexpected(set.error());
  }
  return codes;
}

Status SecondFactor::check_password_of(AccountId id, std::string_view password) const {
  const auto account =
      read(ground_.store, [&](Records& records) { return find_account(records, id); });
  if (!account) return std::unexpected(account.error());
  if (ground_.hasher.matches(account->password_hash, password)) return {};
  return fail(Fault::forbidden, "this is not the password of this account");
}

}  // namespace cachery::control
