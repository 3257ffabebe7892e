#include "control/passwords.h"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>

#include "base/check.h"
#include "base/random.h"

namespace cachery::control {
namespace {

class Turn {
 public:
  explicit Turn(std::counting_semaphore<kHashesAtOnceMax>& turns) : turns_(turns) {
    turns_.acquire();
  }
  ~Turn() { turns_.release(); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  std::counting_semaphore<kHashesAtOnceMax>& turns_;
};

bool is_same_letters(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace

Status check_password(std::string_view password, std::string_view email) {
  if (password.size() < kPasswordBytesMin || password.size() > kPasswordBytesMax) {
    return fail(Fault::invalid, fmt::format("a password has {} to {} characters", kPasswordBytesMin,
                                            kPasswordBytesMax));
  }
  const bool is_one_character =
      std::ranges::all_of(password, [&](char c) { return c == password.front(); });
  if (is_one_character || is_same_letters(password, email)) {
    return fail(Fault::invalid, "this password is the first that anyone would try: choose another");
  }
  return {};
}

PasswordHasher::PasswordHasher(PasswordCost cost) : cost_(cost) {
  CHECK(sodium_init() >= 0);
  auto made = hash(random_hex(16, HexCase::lower));
  CHECK(made.has_value());
  nobodys_hash_ = std::move(*made);
}

Result<std::string> PasswordHasher::hash(std::string_view password) {
  const Turn turn(turns_);
  std::string out(crypto_pwhash_STRBYTES, '\0');
  if (crypto_pwhash_str_alg(out.data(), password.data(), password.size(), cost_.operations,
                            cost_.memory_bytes, crypto_pwhash_ALG_ARGON2ID13) != 0) {
    return fail(Fault::unavailable, "there is no memory to keep a password safe now: try again");
  }
  out.resize(out.find('\0'));
  return out;
}

bool PasswordHasher::matches(std::string_view hash, std::string_view password) {
  const Turn turn(turns_);
  const std::string text(hash.empty() ? std::string_view(nobodys_hash_) : hash);
  const bool is_right =
      crypto_pwhash_str_verify(text.c_str(), password.data(), password.size()) == 0;
  return is_right && !hash.empty();
}

}  // namespace cachery::control
