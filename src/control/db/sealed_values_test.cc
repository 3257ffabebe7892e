#include "control/db/sealed_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "control/account_records.h"
#include "control/db/services_fixture.h"
#include "control/delivery_records.h"
#include "control/mail_records.h"

namespace cachery::control::db {
namespace {

using testing::HasSubstr;

// A database of its own, which outlives the services on it.
struct SealedValuesTest : testing::Test {
  SealedValuesTest() {
    if (engine_of_environment() == Engine::postgresql) {
      database = make_database();
      return;
    }
    std::string name = (std::filesystem::temp_directory_path() / "cachery-db-XXXXXX").string();
    directory = ::mkdtemp(name.data());
    database = (directory / "cachery.db").string();
  }
  ~SealedValuesTest() override {
    if (!directory.empty()) std::filesystem::remove_all(directory);
  }

  // One of each kind that no service of the fixture makes.
  Status seal_the_rest(Records& records) const {
    const Status account = records.accounts().insert(
        {.id = 1, .email = "a@example.org", .sealed_totp_key = before.seal("key of a code")});
    if (!account) return account;
    const Status mail = records.mails().insert(
        {.id = 1, .recipient = "a@example.org", .sealed_body = before.seal("a mail")});
    if (!mail) return mail;
    const Status sent = records.mails().insert({.id = 2, .state = MailState::sent});
    if (!sent) return sent;
    return records.deliveries().insert_config(
        {.id = 1, .channel = DeliveryChannel::webhook, .sealed_secret = before.seal("a secret")});
  }

  Result<std::string> reseal(std::string_view sealed) const {
    const auto plain = before.open(sealed);
    if (!plain) return std::unexpected(plain.error());
    return after.seal(*plain);
  }

  std::filesystem::path directory;
  std::string database;
  const Sealer before{MasterKey{1, 2, 3}};  // as the fixture's
  const Sealer after{MasterKey{4, 5, 6}};
};

TEST_F(SealedValuesTest, EachIsResealedAndOpensWithTheNewKeyAlone) {
  std::string password;
  {
    ServicesFixture services(Exposure::network, database);
    password = services.make_cache("shop").primary().password;
    ASSERT_TRUE(services.store->write([&](Records& records) { return seal_the_rest(records); }));
  }
  const auto count = reseal_all(database, [&](std::string_view sealed) { return reseal(sealed); });
  ASSERT_TRUE(count.has_value()) << count.error().detail;
  EXPECT_EQ(*count, 5u) << "a password, an address, a code's key, a mail, a webhook's secret";

  const auto store = open_store(database);
  ASSERT_TRUE(store.has_value());
  const auto read = (*store)->read([&](Records& records) -> Status {
    const auto cache = records.caches().all()->at(0);
    EXPECT_EQ(after.open(records.credentials().of(cache.id)->at(0).sealed_password), password);
    EXPECT_TRUE(after.open(cache.sealed_link_secret).has_value());
    EXPECT_EQ(after.open((*records.accounts().find(1))->sealed_totp_key), "key of a code");
    EXPECT_EQ(after.open((*records.mails().find(1))->sealed_body), "a mail");
    EXPECT_EQ((*records.mails().find(2))->sealed_body, "");
    EXPECT_EQ(after.open((*records.deliveries().find_config(1))->sealed_secret), "a secret");
    return {};
  });
  ASSERT_TRUE(read.has_value()) << read.error().detail;
}

TEST_F(SealedValuesTest, TheKeyOfAnEmptyDatabaseIsTheFirstThatIsSeen) {
  ASSERT_TRUE(check_master_key(database, before).has_value());
  const auto refused = check_master_key(database, after);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().fault, Fault::conflict);
  EXPECT_THAT(refused.error().detail, HasSubstr("does not open this database"));
  EXPECT_TRUE(check_master_key(database, before).has_value());
}

TEST_F(SealedValuesTest, TheKeyOfAnOlderDatabaseIsTheOneThatOpensMostOfIt) {
  {
    ServicesFixture services(Exposure::network, database);
    services.make_cache("shop");
    ASSERT_TRUE(services.store->write([&](Records& records) {
      return records.accounts().insert(
          {.id = 1, .email = "a@example.org", .sealed_totp_key = after.seal("by a wrong key")});
    }));
  }
  EXPECT_EQ(check_master_key(database, after).error().fault, Fault::conflict);
  EXPECT_TRUE(check_master_key(database, before).has_value());
}

TEST_F(SealedValuesTest, ANewKeyTakesTheCheckWithIt) {
  ASSERT_TRUE(check_master_key(database, before).has_value());
  const auto count = reseal_all(database, [&](std::string_view sealed) { return reseal(sealed); });
  ASSERT_TRUE(count.has_value()) << count.error().detail;
  EXPECT_EQ(check_master_key(database, before).error().fault, Fault::conflict);
  EXPECT_TRUE(check_master_key(database, after).has_value());
}

TEST_F(SealedValuesTest, OneThatDoesNotOpenHidesNoOther) {
  ServicesFixture services(Exposure::network, database);
  const std::string password = services.make_cache("shop").primary().password;
  const auto harmed = services.make_cache("harmed");
  const auto connection = connect(database);
  ASSERT_TRUE((*connection)
                  ->prepare("UPDATE credentials SET sealed_password = ? WHERE cache_id = ?")
                  .bind_blob(after.seal("x"))
                  .bind(harmed.cache.id)
                  .run()
                  .has_value());
  const auto listed = services.caches.list();
  ASSERT_TRUE(listed.has_value()) << listed.error().detail;
  ASSERT_EQ(listed->size(), 2u);
  EXPECT_EQ(listed->at(0).primary().password, password);
  EXPECT_EQ(listed->at(1).primary().password, "");
}

TEST_F(SealedValuesTest, OneThatDoesNotOpenLeavesAllAsTheyWere) {
  {
    ServicesFixture services(Exposure::network, database);
    services.make_cache("shop");
  }
  int calls = 0;
  const auto done = reseal_all(database, [&](std::string_view sealed) -> Result<std::string> {
    if (++calls == 2) return fail(Fault::internal, "it does not open");
    return reseal(sealed);
  });
  EXPECT_THAT(done.error().detail, HasSubstr("it does not open"));
  ServicesFixture services(Exposure::network, database);
  EXPECT_TRUE(services.caches.find("shop").has_value()) << "it opens with the old key";
}

}  // namespace
}  // namespace cachery::control::db
