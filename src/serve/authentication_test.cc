#include "serve/authentication.h"

#include <gtest/gtest.h>

#include <string>

namespace cachery::serve {
namespace {

using std::string_view_literals::operator""sv;

constexpr uint64_t kSecond = 1'000'000'000;
constexpr uint64_t kStart = 1000 * kSecond;

tenant::Cache cache_of(tenant::CacheId id, const std::string& username) {
  tenant::Cache cache;
  cache.id = id;
  tenant::Credential& credential = cache.credentials.emplace_back();
  credential.id = id;
  credential.username = username;
  credential.password_digest = tenant::digest_password("right");
  return cache;
}

class AuthenticateTest : public testing::Test {
 protected:
  AuthenticateTest() {
    tenant::Snapshot snapshot{.revision = 1, .caches = {cache_of(1, "a1b2c3"), cache_of(2, "off")}};
    snapshot.caches[1].is_enabled = false;
    table_ = tenant::TenantTable::build(std::move(snapshot)).value();
  }
  const tenant::Entry* login(std::string_view username, std::string_view password) {
    return authenticate(*table_, username, password, &known_);
  }

  std::shared_ptr<const tenant::TenantTable> table_;
  const tenant::Entry* known_ = nullptr;
};

TEST_F(AuthenticateTest, KnowsAUserByTheRightPassword) {
  const tenant::Entry* entry = login("a1b2c3", "right");
  ASSERT_NE(entry, nullptr);
  EXPECT_EQ(entry->cache->id, 1u);
  EXPECT_EQ(known_, entry);
}

TEST_F(AuthenticateTest, IgnoresTheCaseOfUsernamesAndNotOfPasswords) {
  EXPECT_NE(login("A1B2C3", "right"), nullptr);
  EXPECT_EQ(login("a1b2c3", "RIGHT"), nullptr);
}

TEST_F(AuthenticateTest, RefusesAWrongPasswordAndSaysWhoseItWas) {
  for (const std::string_view password : {""sv, "wrong"sv, "right "sv, "right\0"sv, "righ"sv}) {
    EXPECT_EQ(login("a1b2c3", password), nullptr) << password;
    ASSERT_NE(known_, nullptr);
    EXPECT_EQ(known_->cache->id, 1u);
  }
}

TEST_F(AuthenticateTest, RefusesAnUnknownUserWhateverThePassword) {
  for (const std::string_view username : {""sv, "a1b2c"sv, "a1b2c3 "sv, "nobody"sv}) {
    EXPECT_EQ(login(username, "right"), nullptr) << username;
    EXPECT_EQ(known_, nullptr);
  }
}

TEST_F(AuthenticateTest, RefusesTheUserOfADisabledCacheWhoIsStillKnown) {
  EXPECT_EQ(login("off", "right"), nullptr);
  ASSERT_NE(known_, nullptr);
  EXPECT_EQ(known_->cache->id, 2u);
}

TEST(IsMisspeltLogin, IsAUsersOwnPasswordInAnotherCaseOrBetweenBlanks) {
  const std::string password = "0123456789ABCDEF0123456789ABCDEF";
  const std::string lower = "0123456789abcdef0123456789abcdef";
  tenant::Cache cache = cache_of(1, "a1b2c3");
  cache.credentials[0].password_digest = tenant::digest_password(password);
  const auto table = tenant::TenantTable::build({.revision = 1, .caches = {cache}}).value();
  using KeyAndValue = std::pair<std::string, std::string>;
  for (const auto& [key, value] : {KeyAndValue{"a1b2c3", lower},
                                   {"A1B2C3", lower},
                                   {"a1b2c3", password + "\n"},
                                   {"a1b2c3", "\t " + lower + " \r\n"},
                                   {"any", "a1b2c3 " + lower},
                                   {"any", " A1B2C3\t" + password}}) {
    EXPECT_TRUE(is_misspelt_login(*table, key, value)) << key << ": " << value;
  }
  for (const auto& [key, value] : {KeyAndValue{"a1b2c4", lower},
                                   {"a1b2c3", lower.substr(1)},
                                   {"a1b2c3", "1" + lower.substr(1)},
                                   {"a1b2c3", "x" + lower},
                                   {"any", "a1b2c3" + lower},
                                   {"any", "a1b2c3 x" + lower},
                                   {"a1b2c3", lower + std::string(64, ' ')},
                                   {"a1b2c3", std::string(40, ' ')},
                                   {"any", lower}}) {
    EXPECT_FALSE(is_misspelt_login(*table, key, value)) << key << ": " << value;
  }
}

TEST(SplitPlain, FindsUserAndPasswordBehindAnyAuthorisation) {
  for (const std::string_view message : {"\0user\0secret"sv, "other\0user\0secret"sv}) {
    std::string_view username;
    std::string_view password;
    ASSERT_TRUE(split_plain(message, &username, &password));
    EXPECT_EQ(username, "user");
    EXPECT_EQ(password, "secret");
  }
}

TEST(SplitPlain, LeavesEmptyPartsEmpty) {
  std::string_view username = "?";
  std::string_view password = "?";
  ASSERT_TRUE(split_plain("\0\0"sv, &username, &password));
  EXPECT_EQ(username, "");
  EXPECT_EQ(password, "");
}

TEST(SplitPlain, RefusesFewerThanThreeParts) {
  std::string_view username;
  std::string_view password;
  for (const std::string_view message : {""sv, "\0"sv, "user"sv, "\0user"sv, "user\0secret"sv}) {
    EXPECT_FALSE(split_plain(message, &username, &password));
  }
}

TEST(FailureLog, AnswersAFewFailuresAtOnceAndThenLaterAndLater) {
  FailureLog log;
  int at_once = 0;
  while (log.note("192.0.2.1", kStart) == kStart && at_once < 100) ++at_once;
  EXPECT_GE(at_once, 3);
  ASSERT_LT(at_once, 20);
  uint64_t last = kStart;
  for (int i = 0; i < 100; ++i) {
    const uint64_t at = log.note("192.0.2.1", kStart);
    EXPECT_GE(at, last);
    EXPECT_LE(at, kStart + 5 * kSecond) << "a connection must not be held for ever";
    last = at;
  }
  EXPECT_GE(last, kStart + kSecond);
}

TEST(FailureLog, MakesNoOtherAddressWait) {
  FailureLog log;
  for (int i = 0; i < 100; ++i) log.note("192.0.2.1", kStart);
  EXPECT_EQ(log.note("192.0.2.2", kStart), kStart);
}

TEST(FailureLog, ForgetsAnAddressThatWasQuiet) {
  FailureLog log;
  for (int i = 0; i < 100; ++i) log.note("192.0.2.1", kStart);
  EXPECT_GT(log.note("192.0.2.1", kStart + 30 * kSecond), kStart + 30 * kSecond);
  EXPECT_EQ(log.note("192.0.2.1", kStart + 300 * kSecond), kStart + 300 * kSecond);
}

// What is seen of the bound from outside: of very many addresses the one that failed longest ago is
// forgotten.
TEST(FailureLog, ForgetsTheOldestRatherThanGrowWithoutBound) {
  FailureLog log;
  for (int i = 0; i < 100; ++i) log.note("192.0.2.1", kStart);
  for (int i = 0; i < 100; ++i) log.note("192.0.2.2", kStart);
  const auto note_others = [&](int from, int to) {
    for (int i = from; i < to; ++i) {
      log.note("10.0." + std::to_string(i / 250) + "." + std::to_string(i % 250), kStart);
    }
  };
  const int count_max = static_cast<int>(FailureLog::kAddressesMax);
  note_others(0, count_max / 2);
  EXPECT_GT(log.note("192.0.2.2", kStart), kStart);
  note_others(count_max / 2, count_max);
  EXPECT_GT(log.note("192.0.2.2", kStart), kStart) << "it failed lately";
  EXPECT_EQ(log.note("192.0.2.1", kStart), kStart) << "it was the oldest";
}

TEST(FailureLog, TakesTheAddressesOfANetworkOfIpv6ForOne) {
  FailureLog log;
  uint64_t last = kStart;
  for (int i = 0; i < 100; ++i) last = log.note("2001:db8::" + std::to_string(i), kStart);
  EXPECT_GT(last, kStart);
  EXPECT_EQ(log.note("2001:db8:0:1::1", kStart), kStart);
}

TEST(LoginForm, IsAUsernameAndAPasswordAsTheServiceMakesThem) {
  const std::string password = "0123456789ABCDEF0123456789ABCDEF";
  EXPECT_TRUE(has_login_form("a1b2c3", password));
  EXPECT_TRUE(has_login_form("A1B2C3", password));
  EXPECT_TRUE(has_login_form("any key", "a1b2c3 " + password));
  EXPECT_FALSE(has_login_form("any key", password));
  EXPECT_FALSE(has_login_form("a1b2c", password));
  EXPECT_FALSE(has_login_form("a1b2cg", password));
  EXPECT_FALSE(has_login_form("a1b2c3", password.substr(1)));
  EXPECT_FALSE(has_login_form("a1b2c3", "0123456789abcdef0123456789abcdef"));
  EXPECT_FALSE(has_login_form("any key", "a1b2c3:" + password));
  EXPECT_FALSE(has_login_form("any key", "a1b2cg " + password));
  EXPECT_FALSE(has_login_form("", ""));
}

}  // namespace
}  // namespace cachery::serve
