#include "control/second_factor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "control/db/accounts_fixture.h"

namespace cachery::control {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// RFC 6238, appendix B, cut to the 6 digits that authenticators show.
TEST(TotpTest, AnswersAsTheRfcSays) {
  constexpr std::string_view kKey = "12345678901234567890";
  EXPECT_EQ(totp_code(kKey, 59 / 30), "287082");
  EXPECT_EQ(totp_code(kKey, 1111111109 / 30), "081804");
  EXPECT_EQ(totp_code(kKey, 1111111111 / 30), "050471");
  EXPECT_EQ(totp_code(kKey, 1234567890 / 30), "005924");
  EXPECT_EQ(totp_code(kKey, 2000000000 / 30), "279037");
  EXPECT_EQ(totp_code(kKey, 20000000000 / 30), "353130");
}

// RFC 4648, section 10, without padding.
TEST(TotpTest, Base32IsTheRfcs) {
  EXPECT_EQ(base32(""), "");
  EXPECT_EQ(base32("f"), "MY");
  EXPECT_EQ(base32("fo"), "MZXQ");
  EXPECT_EQ(base32("foo"), "MZXW6");
  EXPECT_EQ(base32("foob"), "MZXW6YQ");
  EXPECT_EQ(base32("fooba"), "MZXW6YTB");
  EXPECT_EQ(base32("foobar"), "MZXW6YTBOI");
}

TEST(TotpTest, TakesAStepEitherWayAndNoneThatWasTaken) {
  constexpr std::string_view kKey = "12345678901234567890";
  constexpr int64_t kNow = 1111111109;
  const int64_t step = kNow / kTotpStepSeconds;
  for (const int64_t off : {-1, 0, 1}) {
    EXPECT_EQ(find_totp_step(kKey, totp_code(kKey, step + off), kNow, 0), step + off);
  }
  for (const int64_t off : {-2, 2}) {
    EXPECT_FALSE(find_totp_step(kKey, totp_code(kKey, step + off), kNow, 0).has_value());
  }
  EXPECT_FALSE(find_totp_step(kKey, totp_code(kKey, step), kNow, step).has_value());
  EXPECT_FALSE(find_totp_step(kKey, "", kNow, 0).has_value());
}

struct SecondFactorTest : testing::Test, AccountsFixture {
  SecondFactorTest() {
    key = accounts.second_factor.begin(actor, ann.id).value().key;
    codes = accounts.second_factor.enable(actor, ann.id, code_of(key)).value();
    clock.advance_seconds(kTotpStepSeconds);
  }
  std::string challenge() {
    const auto step = accounts.sign_in.begin(client, {"ann@example.org", kPassword});
    EXPECT_FALSE(step->session.has_value());
    return step->challenge;
  }
  bool finishes(const std::string& given_challenge, const std::string& code) {
    const auto session = accounts.sign_in.finish(client, given_challenge, code);
    if (!session) {
      EXPECT_EQ(session.error().fault, Fault::unauthorized);
    }
    return session.has_value();
  }

  const AccountRecord ann = make_account("ann@example.org");
  const Actor actor = actor_of(ann, client);
  std::string key;
  std::vector<std::string> codes;
};

TEST_F(SecondFactorTest, IsInForceOnlyOnceACodeOfItsKeyWasShown) {
  const AccountRecord bob = make_account("bob@example.org");
  const Actor bobs = actor_of(bob, client);
  EXPECT_EQ(accounts.second_factor.enable(bobs, bob.id, "000000").error().fault, Fault::conflict);
  const auto begun = accounts.second_factor.begin(bobs, bob.id);
  EXPECT_THAT(begun->uri, StartsWith("otpauth://totp/Cachery:bob%40example.org?secret="));
  EXPECT_THAT(begun->uri, HasSubstr(begun->key));
  sign_in("bob@example.org");
  const std::string wrong = code_of(begun->key) == "123456" ? "654321" : "123456";
  EXPECT_EQ(accounts.second_factor.enable(bobs, bob.id, wrong).error().fault, Fault::invalid);
  ASSERT_TRUE(accounts.second_factor.enable(bobs, bob.id, code_of(begun->key)).has_value());
  EXPECT_EQ(accounts.second_factor.begin(bobs, bob.id).error().fault, Fault::conflict);
  EXPECT_FALSE(accounts.sign_in.begin(client, {"bob@example.org", kPassword})->session);
}

TEST_F(SecondFactorTest, ACodeIsTakenOnce) {
  const std::string code = code_of(key);
  EXPECT_TRUE(finishes(challenge(), code));
  EXPECT_FALSE(finishes(challenge(), code));
  clock.advance_seconds(kTotpStepSeconds);
  EXPECT_TRUE(finishes(challenge(), code_of(key)));
}

TEST_F(SecondFactorTest, ARecoveryCodeIsTakenOnceHoweverItIsWritten) {
  ASSERT_EQ(std::set<std::string>(codes.begin(), codes.end()).size(), kRecoveryCodes);
  std::string shouted = codes[0];
  for (char& c : shouted) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  EXPECT_TRUE(finishes(challenge(), shouted));
  EXPECT_FALSE(finishes(challenge(), codes[0]));
  EXPECT_EQ(accounts.second_factor.count_recovery_codes(ann.id), kRecoveryCodes - 1);
}

TEST_F(SecondFactorTest, AChallengeEndsAfterFiveWrongCodesOrFiveMinutes) {
  const std::string first = challenge();
  for (int i = 0; i < kChallengeTries; ++i) EXPECT_FALSE(finishes(first, "00000"));
  EXPECT_FALSE(finishes(first, code_of(key)));
  const std::string second = challenge();
  clock.advance_seconds(kChallengeSeconds);
  EXPECT_FALSE(finishes(second, code_of(key)));
  const std::string third = challenge();
  EXPECT_TRUE(finishes(third, code_of(key)));
  clock.advance_seconds(kTotpStepSeconds);
  EXPECT_FALSE(finishes(third, code_of(key))) << "a challenge is used up";
}

TEST_F(SecondFactorTest, RemovingItAndNewRecoveryCodesWantThePassword) {
  EXPECT_EQ(accounts.second_factor.disable(actor, ann.id, "not the password").error().fault,
            Fault::forbidden);
  const auto renewed = accounts.second_factor.renew_recovery_codes(actor, ann.id, kPassword);
  ASSERT_TRUE(renewed.has_value());
  EXPECT_FALSE(finishes(challenge(), codes[1]));
  ASSERT_TRUE(accounts.second_factor.disable(actor, ann.id, kPassword).has_value());
  sign_in("ann@example.org");
  EXPECT_EQ(accounts.second_factor.renew_recovery_codes(actor, ann.id, kPassword).error().fault,
            Fault::conflict);
}

}  // namespace
}  // namespace cachery::control
